public import SystemPackage

/// Changes to the names in a folder, each of which survives a power cut.
public enum FolderEntries {
  /// Moves a file within a file system, in place of the one that may be at `target`.
  public static func move(_ source: FilePath, to target: FilePath) throws(FileError) {
    try FileError.wrapping(target, "rename the new file into place") {
      try POSIX.rename(source, to: target)
    }
    try synchronizeFolder(of: target)
  }

  /// Makes a folder, unless it is there; for what need not survive a power cut.
  public static func makeFolder(_ path: FilePath) throws(FileError) {
    try FileError.wrapping(path, "make the folder") { try POSIX.makeFolder(path) }
  }

  /// Removes a file, if it is there.
  public static func remove(_ path: FilePath) throws(FileError) {
    try FileError.wrapping(path, "remove") { try POSIX.remove(path) }
    try synchronizeFolder(of: path)
  }

  private static func synchronizeFolder(of path: FilePath) throws(FileError) {
    try FileError.wrapping(path, "sync the folder") {
      try POSIX.synchronize(folder: folder(of: path))
    }
  }

  /// The folder that holds the name.
  static func folder(of path: FilePath) -> FilePath {
    let parent = path.removingLastComponent()
    return parent.isEmpty ? "." : parent
  }
}
