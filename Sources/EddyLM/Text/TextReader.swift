public import EddyFiles
public import SystemPackage

/// Reads a text of any size in bounded memory, checked and normalised.
///
/// The text must be UTF-8; a byte order mark is dropped. It comes out in normalisation form C, with
/// a line feed at the end of every line, the last included, and in lower case on request.
public struct TextReader: ~Copyable {
  package static let blockSize = 1 << 20

  /// The most bytes that are kept because text cannot be cut within them: one token, or one run of
  /// combining marks.
  static let longestRun = 1 << 20

  /// The name for messages.
  public let path: FilePath
  private let descriptor: FileDescriptor
  private let isStandardInput: Bool
  private let blockSize: Int
  private var normalizer: TextNormalizer
  /// What was read: the beginning of a scalar whose end was not there yet, then new bytes.
  private var block: [UInt8] = []
  /// The place of the block's first byte in the file.
  private var offset = 0
  private var lastByte: UInt8?
  private var isAtEnd = false

  /// Opens `path`, a regular file; `-` is the standard input.
  ///
  /// - Throws: `FileError`; it does not wait for pipes.
  public init(path: FilePath, lowercase: Bool = false) throws(FileError) {
    try self.init(path: path, lowercase: lowercase, blockSize: Self.blockSize)
  }

  package init(path: FilePath, lowercase: Bool, blockSize: Int) throws(FileError) {
    isStandardInput = path == "-"
    self.path = isStandardInput ? "standard input" : path
    self.blockSize = blockSize
    normalizer = TextNormalizer(lowercase: lowercase)
    descriptor = isStandardInput ? .standardInput : try InputFile.open(path).descriptor
  }

  deinit {
    if !isStandardInput { try? descriptor.close() }
  }

  /// The next piece of the text, cut between scalars; nil at the end.
  ///
  /// - Throws: `FileError` with line and byte offset where the text is not UTF-8, or where it
  ///   cannot be normalised in bounded memory.
  public mutating func next() throws(FileError) -> [UInt8]? {
    while !isAtEnd {
      isAtEnd = try !fill()
      var start = 0
      if lastByte == nil, offset == 0 {
        if let format = FileSignature.format(of: block) {
          throw FileError(path: path, reason: "This is \(format); a text in UTF-8 was needed.")
        }
        if block.starts(with: FileSignature.utf8) { start = FileSignature.utf8.count }
      }
      let end = isAtEnd ? block.count : completeEnd
      try take(start..<end)
      var text = isAtEnd ? normalizer.takeAll() : normalizer.take()
      if isAtEnd, let last = text.last ?? lastByte, last != UInt8(ascii: "\n") {
        text.append(UInt8(ascii: "\n"))
      }
      guard normalizer.pendingCount <= Self.longestRun else {
        throw FileError(
          path: path,
          reason: "Line \(normalizer.lineCount + 1), before byte \(offset): "
            + "more than \(Self.longestRun) bytes of combining marks follow one another.")
      }
      if !text.isEmpty {
        lastByte = text.last
        return text
      }
    }
    return nil
  }

  /// Reads a block behind the bytes that are left of the last; false at the end of the file.
  private mutating func fill() throws(FileError) -> Bool {
    // The first block is long enough to tell what kind of file this is.
    let size = block.count + (offset == 0 ? max(blockSize, FileSignature.longest) : blockSize)
    var fresh = [UInt8](repeating: 0, count: size - block.count)
    var filled = 0
    while filled < fresh.count {
      let count: Int
      do {
        count = try unsafe fresh.withUnsafeMutableBytes { buffer in
          let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
          return try unsafe descriptor.read(into: rest)
        }
      } catch {
        throw FileError(path: path, reason: "Cannot read byte \(offset + filled): \(error).")
      }
      guard count > 0 else {
        block += fresh[..<filled]
        return false
      }
      filled += count
    }
    block += fresh
    return true
  }

  /// Where the last whole scalar of the block ends, if all of it is UTF-8.
  private var completeEnd: Int {
    for back in 1...3 where back <= block.count {
      let byte = block[block.count - back]
      if byte >= 0xC0 {
        return UTF8Scalars.length(of: byte) > back ? block.count - back : block.count
      }
      if byte < 0x80 { break }
    }
    return block.count
  }

  /// Hands valid text to the normaliser and keeps what lies behind it.
  private mutating func take(_ range: Range<Int>) throws(FileError) {
    let block = block
    if let fault = UTF8Scalars.fault(in: block.span.extracting(range)) {
      let position = range.lowerBound + fault.offset
      normalizer.append(block.span.extracting(range.lowerBound..<position))
      let byte = String(block[position], radix: 16, uppercase: true)
      throw FileError(
        path: path,
        reason: "Line \(normalizer.lineCount + 1), byte \(offset + position): "
          + "0x\(byte.count < 2 ? "0" : "")\(byte) \(fault.reason); a text in UTF-8 was needed.")
    }
    normalizer.append(block.span.extracting(range))
    self.block = Array(block[range.upperBound...])
    offset += range.upperBound
  }
}
