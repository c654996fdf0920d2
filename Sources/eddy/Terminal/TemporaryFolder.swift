import Foundation
import SystemPackage

/// A folder for as long as a command needs it.
enum TemporaryFolder {
  /// Makes a folder, and removes it whatever the body does.
  static func with<Result>(_ body: (FilePath) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("eddy-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(FilePath(folder.path))
  }
}
