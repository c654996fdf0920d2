import EddyFiles
import SystemPackage

/// Writes a ``TokenFile``, whole or not at all.
struct TokenFileWriter {
  private let isWide: Bool
  private let unknown: Int
  private var buffer: [UInt8] = []
  private var checksum = CRC32C()
  private var tokens = 0
  private var unknownTokens = 0

  private init(_ vocabulary: Vocabulary) {
    isWide = vocabulary.count > 1 << 16
    unknown = vocabulary.unknown ?? -1
  }

  /// - Parameter body: Appends ids and flushes between; returns what the text holds but for tokens
  ///   and unknown words, which are counted here.
  static func write(
    to path: FilePath, vocabulary: Vocabulary,
    _ body: (inout Self, inout FileWriter) throws -> TextStatistics
  ) throws -> TokenFile {
    try AtomicFile.write(to: path) { file in
      try file.write([UInt8](repeating: 0, count: TokenFileHeader.size))
      var writer = Self(vocabulary)
      var statistics = try body(&writer, &file)
      try writer.flush(to: &file)
      statistics.tokens = writer.tokens
      statistics.unknownTokens = writer.unknownTokens
      let header = TokenFileHeader(
        vocabularySize: vocabulary.count, statistics: statistics, checksum: writer.checksum.value)
      try file.patch(header.bytes, at: 0)
    }
    return try TokenFile(path: path)
  }

  mutating func append(_ id: Int) {
    if isWide {
      buffer.append(littleEndian: UInt32(id))
    } else {
      buffer.append(littleEndian: UInt16(id))
    }
    tokens += 1
    if id == unknown { unknownTokens += 1 }
  }

  /// Whether it is time to flush.
  var isFull: Bool { buffer.count >= 1 << 18 }

  mutating func flush(to file: inout FileWriter) throws {
    checksum.update(buffer)
    try file.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
