/// What the first bytes of a file say about its format.
enum FileSignature {
  /// The byte order mark of UTF-8.
  static let utf8: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// The bytes that are needed.
  static let longest = 10

  private static let known: [(bytes: [UInt8], format: String)] = [
    ([0xFF, 0xFE, 0x00, 0x00], "text in UTF-32"),
    ([0x00, 0x00, 0xFE, 0xFF], "text in UTF-32"),
    ([0xFF, 0xFE], "text in UTF-16"),
    ([0xFE, 0xFF], "text in UTF-16"),
    ([0x1F, 0x8B], "a gzip archive"),
    (Array("PK\u{3}\u{4}".utf8), "a zip archive"),
    ([0x28, 0xB5, 0x2F, 0xFD], "a zstd archive"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "an xz archive"),
  ]

  /// The format of a file that is no text in UTF-8; nil if it does not look like one.
  static func format(of bytes: [UInt8]) -> String? {
    if bytes.starts(with: Array("BZh".utf8)), bytes.dropFirst(4).starts(with: Array("1AY&SY".utf8))
    {
      return "a bzip2 archive"
    }
    return known.first { bytes.starts(with: $0.bytes) }?.format
  }
}
