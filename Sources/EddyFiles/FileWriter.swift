internal import SystemPackage

/// A file being written, buffered. Made by ``AtomicFile``.
public struct FileWriter: ~Copyable {
  private static let bufferSize = 1 << 18

  /// The name for error messages: the file that is meant, not the temporary one.
  private let path: FilePath
  private let descriptor: FileDescriptor
  private var buffer: [UInt8] = []
  /// How many bytes left the buffer.
  private var flushed = 0

  init(_ descriptor: FileDescriptor, path: FilePath) {
    self.descriptor = descriptor
    self.path = path
    buffer.reserveCapacity(Self.bufferSize)
  }

  /// How many bytes were written so far.
  public var position: Int { flushed + buffer.count }

  public mutating func write(_ bytes: [UInt8]) throws(FileError) {
    try unsafe write(bytes.span.bytes)
  }

  public mutating func write(_ bytes: RawSpan) throws(FileError) {
    if buffer.count + bytes.byteCount > Self.bufferSize { try flush() }
    if bytes.byteCount >= Self.bufferSize {
      try writeThrough(bytes)
      flushed += bytes.byteCount
    } else {
      unsafe bytes.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
    }
  }

  /// Replaces bytes that were written before.
  ///
  /// - Precondition: `offset ..< offset + bytes.count` lies before ``position``.
  public mutating func patch(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    precondition(
      offset >= 0 && bytes.count <= position - offset,
      "FileWriter.patch needs a range within the \(position) bytes written, "
        + "found \(bytes.count) bytes at \(offset).")
    try flush()
    let descriptor = descriptor
    _ = try FileError.wrapping(path, "write") {
      try descriptor.writeAll(toAbsoluteOffset: Int64(offset), bytes)
    }
  }

  mutating func flush() throws(FileError) {
    try unsafe writeThrough(buffer.span.bytes)
    flushed += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  private func writeThrough(_ bytes: RawSpan) throws(FileError) {
    let descriptor = descriptor
    try FileError.wrapping(path, "write") {
      _ = try unsafe bytes.withUnsafeBytes { try unsafe descriptor.writeAll($0) }
    }
  }
}
