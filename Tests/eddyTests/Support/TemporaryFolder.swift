import Foundation
import SystemPackage

/// A folder of its own, removed with its last reference.
final class TemporaryFolder: Sendable {
  let path: FilePath

  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "eddy-program-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = FilePath(url.path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  /// Writes a file without the code under test.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path.appending(name).string
    try Data(bytes).write(to: URL(filePath: file))
    return file
  }

  func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

  /// Where something will be.
  func callAsFunction(_ name: String) -> String { path.appending(name).string }

  /// What is in the folder, or in a folder within it.
  func names(in name: String = ".") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path.appending(name).string).sorted()
  }
}

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

func text(of path: String) throws -> String {
  String(decoding: try bytes(of: path), as: UTF8.self)
}
