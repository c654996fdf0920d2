public import SystemPackage

/// Reads a text line by line, in bounded memory.
///
/// Lines end with LF, CRLF or CR; the last may lack its end. Bytes are handed on as they are.
public struct LineReader: ~Copyable {
  /// One line, without its end.
  public struct Line: Sendable, Equatable {
    /// From 1.
    public var number: Int
    /// The offset of its first byte in the file, from 0.
    public var offset: Int
    public var bytes: [UInt8]
  }

  private static let chunkSize = 1 << 16

  public let path: FilePath
  private let limit: Int
  private let descriptor: FileDescriptor
  private let isStandardInput: Bool
  /// What was read, of which the first `position` bytes are used up.
  private var buffer: [UInt8] = []
  private var position = 0
  /// The offset of the buffer's first byte in the file.
  private var bufferOffset = 0
  private var lineCount = 0
  private var lastEndedWithReturn = false

  /// Opens `path`, a file or pipe; `-` is the standard input.
  ///
  /// - Parameter limit: The longest line that is accepted, in bytes.
  public init(path: FilePath, limit: Int = 16 << 20) throws(FileError) {
    isStandardInput = path == "-"
    self.path = isStandardInput ? "standard input" : path
    self.limit = limit
    if isStandardInput {
      descriptor = .standardInput
    } else {
      descriptor = try FileError.wrapping(path, "open") {
        try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      }
    }
  }

  deinit {
    if !isStandardInput { try? descriptor.close() }
  }

  /// The next line, or `nil` at the end.
  public mutating func next() throws(FileError) -> Line? {
    if lastEndedWithReturn {
      lastEndedWithReturn = false
      if try fill(), buffer[position] == UInt8(ascii: "\n") { position += 1 }
    }
    guard try fill() else { return nil }
    lineCount += 1
    let offset = bufferOffset + position
    var line: [UInt8] = []
    while try fill() {
      let rest = buffer[position...]
      let end = rest.firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      line += rest[..<(end ?? rest.endIndex)]
      guard line.count <= limit else {
        throw FileError(
          path: path,
          reason:
            "Line \(lineCount), which starts at byte \(offset), is longer than \(limit) bytes.")
      }
      position = end ?? buffer.count
      if let end {
        lastEndedWithReturn = buffer[end] == UInt8(ascii: "\r")
        position += 1
        break
      }
    }
    return Line(number: lineCount, offset: offset, bytes: line)
  }

  /// Reads more if all was used up; `false` at the end of the file.
  private mutating func fill() throws(FileError) -> Bool {
    guard position == buffer.count else { return true }
    bufferOffset += buffer.count
    position = 0
    let descriptor = descriptor
    buffer = try FileError.wrapping(path, "read") {
      try unsafe [UInt8](unsafeUninitializedCapacity: Self.chunkSize) { chunk, count in
        count = try unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(chunk))
      }
    }
    return !buffer.isEmpty
  }
}
