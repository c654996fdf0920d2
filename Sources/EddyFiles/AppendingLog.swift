public import SystemPackage

/// A text file that only grows, one line at a time; a line is there whole or not at all, unless the program
/// is killed while it writes the last one.
public struct AppendingLog: ~Copyable {
  public let path: FilePath
  /// Bytes in the file.
  public private(set) var length: Int
  private let descriptor: FileDescriptor

  /// Opens or creates the file and cuts it to its first `length` bytes; a shorter one stays as it is.
  ///
  /// - Throws: `FileError`, also if the file is not a regular one.
  /// - Precondition: `length` is not negative.
  public init(path: FilePath, keeping length: Int) throws(FileError) {
    precondition(length >= 0, "AppendingLog needs a length from 0, found \(length).")
    let descriptor = try FileError.wrapping(path, "open") {
      try FileDescriptor.open(
        path, .writeOnly, options: [.create, .append, .closeOnExec, .nonBlocking],
        permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite])
    }
    let kept: Int
    do {
      let status = try POSIX.status(of: descriptor)
      guard status.kind == .regular else {
        throw FileError(path: path, reason: "A device or pipe; a regular file was needed.")
      }
      kept = min(length, status.size)
      try POSIX.truncate(descriptor, to: kept)
    } catch {
      try? descriptor.close()
      throw error as? FileError ?? FileError(path: path, reason: "Cannot open: \(error).")
    }
    self.path = path
    self.length = kept
    self.descriptor = descriptor
  }

  deinit { try? descriptor.close() }

  /// Appends `line` and a newline; if that fails, the file is as it was before.
  ///
  /// - Precondition: `line` holds no newline.
  public mutating func append(_ line: [UInt8]) throws(FileError) {
    precondition(
      !line.contains(UInt8(ascii: "\n")), "AppendingLog.append needs a line without newline.")
    let bytes = line + [UInt8(ascii: "\n")]
    let descriptor = descriptor
    do {
      _ = try unsafe bytes.withUnsafeBytes { try unsafe descriptor.writeAll($0) }
    } catch {
      try? POSIX.truncate(descriptor, to: length)
      throw FileError(path: path, reason: "Cannot append: \(error).")
    }
    length += bytes.count
  }

  /// Appends `record` as one line of JSON.
  public mutating func append(_ record: JSON) throws(FileError) {
    try append(record.serializedBytes)
  }

  /// Waits until everything appended to the file at `path` is on the disk.
  public static func synchronize(_ path: FilePath) throws(FileError) {
    try FileError.wrapping(path, "sync") {
      let descriptor = try FileDescriptor.open(path, .writeOnly, options: .closeOnExec)
      defer { try? descriptor.close() }
      try POSIX.synchronize(descriptor)
    }
  }
}
