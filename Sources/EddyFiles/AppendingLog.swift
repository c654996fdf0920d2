public import SystemPackage

/// A text file that only grows, one line at a time; a line is there whole or not at all, unless the program
/// is killed while it writes the last one.
public struct AppendingLog: ~Copyable {
  public let path: FilePath
  /// Bytes in the file.
  public private(set) var length: Int
  private let descriptor: FileDescriptor

  /// Opens or creates the file and cuts it to its first `length` bytes.
  ///
  /// - Throws: `FileError`, also if the file is shorter than `length` or not a regular file.
  /// - Precondition: `length` is not negative.
  public init(path: FilePath, keeping length: Int) throws(FileError) {
    precondition(length >= 0, "AppendingLog needs a length from 0, found \(length).")
    let descriptor = try FileError.wrapping(path, "open") {
      try FileDescriptor.open(
        path, .writeOnly, options: [.create, .append, .closeOnExec, .nonBlocking],
        permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite])
    }
    do {
      let status = try POSIX.status(of: descriptor)
      guard status.kind == .regular else {
        throw FileError(path: path, reason: "A device or pipe; a regular file was needed.")
      }
      guard status.size >= length else {
        throw FileError(
          path: path, reason: "\(status.size) bytes; the \(length) that were recorded were needed.")
      }
      try POSIX.truncate(descriptor, to: length)
    } catch {
      try? descriptor.close()
      throw error as? FileError ?? FileError(path: path, reason: "Cannot open: \(error).")
    }
    self.path = path
    self.length = length
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

  /// Waits until everything appended is on the disk.
  public func synchronize() throws(FileError) {
    try FileError.wrapping(path, "sync") { try POSIX.synchronize(descriptor) }
  }
}
