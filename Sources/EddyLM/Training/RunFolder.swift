public import EddyFiles
import Foundation
public import SystemPackage

/// The folder of one training, which no other process can change meanwhile.
///
/// | name | holds |
/// | --- | --- |
/// | `model.safetensors` | the best model so far |
/// | `checkpoint.safetensors` | everything that is needed to go on |
/// | `tokens.train`, `tokens.valid` | the texts as token ids |
/// | `log.jsonl` | what happened, a line each |
///
/// New texts are prepared in ``staging`` and move in with ``begin()``, so that a training that is refused
/// leaves the one that was there before.
public final class RunFolder: Sendable {
  public let path: FilePath
  private let lock: FolderLock

  /// Makes the folder, or takes one that is there, for a training that begins.
  ///
  /// - Parameter overwrite: Whether a training that is there may be replaced.
  /// - Throws: `FileError` if it cannot be made, is a file, is in use, or holds a training already.
  public static func create(_ path: FilePath, overwrite: Bool) throws(FileError) -> RunFolder {
    do {
      try FileManager.default.createDirectory(
        atPath: path.string, withIntermediateDirectories: true)
    } catch {
      throw FileError(path: path, reason: "Cannot make this folder; a folder's name was needed.")
    }
    let folder = try RunFolder(path)
    if !overwrite {
      if exists(folder.model) {
        throw FileError(
          path: path,
          reason: "Holds a model already: 'eddy resume' goes on with it, --overwrite replaces it, "
            + "another --output leaves it alone.")
      }
      if exists(folder.checkpoint) {
        throw FileError(
          path: path,
          reason: "Holds a training that was interrupted; 'eddy resume' goes on with it, "
            + "--overwrite replaces it.")
      }
    }
    try folder.makeStaging()
    return folder
  }

  /// Takes the folder of a training that is to go on.
  ///
  /// - Throws: `FileError` if there is none or if it is in use.
  public static func open(_ path: FilePath) throws(FileError) -> RunFolder { try RunFolder(path) }

  private init(_ path: FilePath) throws(FileError) {
    self.path = path
    lock = try FolderLock(path)
    // With the lock in hand, nobody writes them any more.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
    for name in names where AtomicFile.isTemporary(name) { Self.remove(path.appending(name)) }
  }

  deinit { Self.remove(staging) }

  // MARK: Names

  public var model: FilePath { path.appending("model.safetensors") }
  public var checkpoint: FilePath { path.appending("checkpoint.safetensors") }
  var log: FilePath { path.appending("log.jsonl") }
  /// Where texts are prepared; gone when this value is.
  public var staging: FilePath { path.appending(".eddy-staging.tmp") }

  static func exists(_ path: FilePath) -> Bool {
    FileManager.default.fileExists(atPath: path.string)
  }

  // MARK: Beginning

  /// Makes ``staging``, for new texts.
  public func makeStaging() throws(FileError) {
    try FolderEntries.makeFolder(staging)
  }

  /// Ends what can be resumed here, and moves the texts in that were prepared. The model that was there
  /// stays until there is a better one.
  func begin() throws(FileError) {
    if Self.exists(checkpoint) { try FolderEntries.remove(checkpoint) }
    for name in TrainingTexts.fileNames {
      try FolderEntries.move(staging.appending(name), to: path.appending(name))
    }
    Self.remove(staging)
  }

  private static func remove(_ path: FilePath) {
    try? FileManager.default.removeItem(atPath: path.string)
  }
}
