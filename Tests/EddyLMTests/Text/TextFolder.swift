import EddyFiles
import Foundation
import SystemPackage
import Testing

/// A folder of its own for one test, removed afterwards.
struct TextFolder: ~Copyable {
  let path: FilePath

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(
      path: "eddy-text-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = FilePath(url.path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  /// Writes a file without the code under test.
  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> FilePath {
    let file = path.appending(name)
    try Data(bytes).write(to: URL(filePath: file.string))
    return file
  }

  func file(_ name: String, _ text: String) throws -> FilePath { try file(name, text.utf8) }

  func file(_ bytes: [UInt8]) throws -> FilePath { try file("text", bytes) }

  func file(_ text: String) throws -> FilePath { try file("text", text.utf8) }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path.appending(name).string)))
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path.string).sorted() }
  }
}

/// Expects `body` to throw a `FileError` whose sentence holds `fragment`.
func expectFileError(
  _ fragment: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record(
      "Accepted; an error with '\(fragment)' was needed.", sourceLocation: sourceLocation)
  } catch let error as FileError {
    #expect(error.description.contains(fragment), "\(error)", sourceLocation: sourceLocation)
  } catch {
    Issue.record("Not a FileError: \(error)", sourceLocation: sourceLocation)
  }
}
