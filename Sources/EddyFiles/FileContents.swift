public import SystemPackage

/// Reading a small file whole.
public enum FileContents {
  /// The bytes of a regular file.
  ///
  /// - Parameter limit: The most bytes that are read.
  /// - Throws: `FileError`, also if the file is larger.
  public static func read(_ path: FilePath, limit: Int) throws(FileError) -> [UInt8] {
    let file = try RegularFile(path: path)
    guard file.size <= limit else {
      throw FileError(path: path, reason: "Has \(file.size) bytes; up to \(limit) are read.")
    }
    return try file.elements(UInt8.self, count: file.size, at: 0)
  }
}
