import EddyFiles

/// Puts right what no fuzzer can guess: lengths and checksums.
enum Repair {
  /// Header and data of a safetensors file, if its header's length is within it.
  static func parts(_ bytes: [UInt8]) -> (header: [UInt8], data: [UInt8])? {
    guard bytes.count >= 8 else { return nil }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(bytes.count - 8) else { return nil }
    return (Array(bytes[8..<8 + Int(length)]), Array(bytes[(8 + Int(length))...]))
  }

  static func joined(header: [UInt8], data: [UInt8]) -> [UInt8] {
    littleEndian(UInt64(header.count)) + header + data
  }

  /// The file with the checksum that it should have, if there is a place for one. Digits that are
  /// all `f` stay, so that a wrong checksum is tried, too.
  static func safetensors(_ bytes: [UInt8]) -> [UInt8] {
    guard let (header, data) = parts(bytes) else { return bytes }
    let key = Array("\"\(Safetensors.checksumKey)\":\"".utf8)
    let starts = header.indices.filter { header[$0...].starts(with: key) }
    guard let start = starts.first, start + key.count + 8 <= header.count else { return bytes }
    var repaired = header
    let digits = start + key.count..<start + key.count + 8
    guard !header[digits].allSatisfy({ $0 == UInt8(ascii: "f") }) else { return bytes }
    repaired.replaceSubrange(digits, with: Array("00000000".utf8))
    let whole = joined(header: repaired, data: data)
    var crc = CRC32C()
    crc.update(whole)
    repaired.replaceSubrange(digits, with: Array(crc.digits.utf8))
    return joined(header: repaired, data: data)
  }

  /// The file with both checksums of a token file: of the ids, and of the 96 bytes before them.
  static func tokenFile(_ bytes: [UInt8]) -> [UInt8] {
    // The last byte of a checksum in 8 bytes is 0; one that is not stays, so that a wrong checksum is
    // tried, too.
    guard bytes.count >= 96, bytes[95] == 0 else { return bytes }
    var header = Array(bytes[..<80])
    header += littleEndian(UInt64(CRC32C.checksum(of: Array(bytes[96...]))))
    return header + littleEndian(UInt64(CRC32C.checksum(of: header))) + bytes[96...]
  }

  private static func littleEndian(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
