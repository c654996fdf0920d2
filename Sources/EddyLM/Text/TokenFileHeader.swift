import EddyFiles
import SystemPackage

/// The first bytes of a token file.
///
/// The magic `EDDYTOKS`, then little-endian UInt64: format version, bytes of an id, entries of the
/// vocabulary, tokens, unknown tokens, lines, words, characters, bytes, CRC-32C of the ids; last, the
/// CRC-32C of all that.
struct TokenFileHeader {
  static let size = 96
  private static let magic = Array("EDDYTOKS".utf8)
  private static let version: UInt64 = 2

  var vocabularySize: Int
  var statistics: TextStatistics
  /// Of the ids.
  var checksum: UInt32

  init(vocabularySize: Int, statistics: TextStatistics, checksum: UInt32) {
    self.vocabularySize = vocabularySize
    self.statistics = statistics
    self.checksum = checksum
  }

  /// Whether an id takes 4 bytes and not 2.
  var isWide: Bool { vocabularySize > 1 << 16 }

  private var width: Int { isWide ? 4 : 2 }

  var bytes: [UInt8] {
    var bytes = Self.magic
    let numbers = [
      width, vocabularySize, statistics.tokens, statistics.unknownTokens, statistics.lines,
      statistics.words, statistics.characters, statistics.bytes, Int(checksum),
    ]
    for number in [Self.version] + numbers.map(UInt64.init) { bytes.append(littleEndian: number) }
    bytes.append(littleEndian: UInt64(CRC32C.checksum(of: bytes)))
    return bytes
  }

  /// Reads and checks a header.
  ///
  /// - Parameter size: Bytes of the whole file.
  init(of descriptor: FileDescriptor, size: Int, path: FilePath) throws(FileError) {
    var bytes = [UInt8](repeating: 0, count: Self.size)
    let count: Int
    do {
      count = try unsafe bytes.withUnsafeMutableBytes {
        try unsafe descriptor.read(fromAbsoluteOffset: 0, into: $0)
      }
    } catch {
      throw FileError(path: path, reason: "Cannot read: \(error).")
    }
    guard count == Self.size, bytes.starts(with: Self.magic) else {
      throw FileError(path: path, reason: "This is no file of token ids.")
    }
    let numbers = stride(from: 8, to: Self.size, by: 8).map { start in
      bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
    guard numbers[0] == Self.version else {
      throw FileError(path: path, reason: "Format \(numbers[0]); \(Self.version) was needed.")
    }
    guard numbers[10] == UInt64(CRC32C.checksum(of: Array(bytes.dropLast(8)))) else {
      throw FileError(path: path, reason: "The header does not have the checksum that it names.")
    }
    let values = numbers.compactMap { Int(exactly: $0) }
    guard values.count == numbers.count, (1...WordTable.limit).contains(values[2]),
      values[3] >= 1, values[4] <= values[3], let checksum = UInt32(exactly: values[9])
    else {
      throw FileError(path: path, reason: "The header's numbers contradict each other.")
    }
    vocabularySize = values[2]
    statistics = TextStatistics()
    statistics.tokens = values[3]
    statistics.unknownTokens = values[4]
    statistics.lines = values[5]
    statistics.words = values[6]
    statistics.characters = values[7]
    statistics.bytes = values[8]
    self.checksum = checksum
    let payload = statistics.tokens.multipliedReportingOverflow(by: width)
    guard values[1] == width, !payload.overflow, payload.partialValue == size - Self.size else {
      throw FileError(
        path: path,
        reason: "The file has \(size) bytes; \(statistics.tokens) ids of \(width) bytes "
          + "after \(Self.size) were needed.")
    }
  }
}

extension [UInt8] {
  mutating func append(littleEndian number: some FixedWidthInteger) {
    for shift in stride(from: 0, to: number.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}
