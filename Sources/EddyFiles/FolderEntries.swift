public import SystemPackage

/// Changes to the names in a folder, each of which survives a power cut.
public enum FolderEntries {
  /// Moves a file within a file system, in place of the one that may be at `target`.
  public static func move(_ source: FilePath, to target: FilePath) throws(FileError) {
    try FileError.wrapping(target, "rename a new file into place") {
      try POSIX.rename(source, to: target)
    }
    try synchronize(target.removingLastComponent())
  }

  /// Removes a file, if it is there.
  public static func remove(_ path: FilePath) throws(FileError) {
    try FileError.wrapping(path, "remove") { try POSIX.remove(path) }
    try synchronize(path.removingLastComponent())
  }

  private static func synchronize(_ folder: FilePath) throws(FileError) {
    let folder = folder.isEmpty ? "." : folder
    try FileError.wrapping(folder, "sync the folder") { try POSIX.synchronize(folder: folder) }
  }
}
