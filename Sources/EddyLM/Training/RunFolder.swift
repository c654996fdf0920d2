public import EddyFiles
import Foundation
public import SystemPackage

/// The folder of one training.
public enum RunFolder {
  /// Makes the folder, or takes one that is there.
  ///
  /// - Parameter overwrite: Whether a model that is there may be replaced.
  /// - Throws: `FileError` if it cannot be made, is a file, or holds a model already.
  public static func create(_ folder: FilePath, overwrite: Bool) throws(FileError) {
    do {
      try FileManager.default.createDirectory(
        atPath: folder.string, withIntermediateDirectories: true)
    } catch {
      throw FileError(path: folder, reason: "Cannot make this folder; a folder's name was needed.")
    }
    let model = folder.appending("model.safetensors")
    if !overwrite, FileManager.default.fileExists(atPath: model.string) {
      throw FileError(
        path: folder,
        reason: "Holds a model already; give another --output, or --overwrite to replace it.")
    }
  }
}
