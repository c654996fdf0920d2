/// The cyclic redundancy check CRC-32C (Castagnoli), as in iSCSI and ext4.
///
/// It catches every change within 32 neighbouring bits, and misses others with a chance of 2⁻³².
public struct CRC32C: Sendable, Equatable {
  private var register: UInt32 = .max

  public init() {}

  /// The checksum of all bytes so far.
  public var value: UInt32 { ~register }

  /// The checksum as 8 lower-case hexadecimal digits.
  public var digits: String {
    let hex = String(value, radix: 16)
    return String(repeating: "0", count: 8 - hex.utf8.count) + hex
  }

  public static func checksum(of bytes: [UInt8]) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes)
    return crc.value
  }

  /// Takes in more bytes.
  public mutating func update(_ bytes: [UInt8]) {
    unsafe update(bytes.span.bytes)
  }

  /// Takes in more bytes, eight at a time.
  public mutating func update(_ bytes: RawSpan) {
    let table = Self.table.span
    var crc = register
    var position = 0
    while bytes.byteCount - position >= 8 {
      let word =
        unsafe UInt64(
          littleEndian: bytes.unsafeLoadUnaligned(
            fromByteOffset: position, as: UInt64.self)) ^ UInt64(crc)
      crc =
        table[1792 + Int(word & 0xFF)] ^ table[1536 + Int(word >> 8 & 0xFF)]
        ^ table[1280 + Int(word >> 16 & 0xFF)] ^ table[1024 + Int(word >> 24 & 0xFF)]
      crc ^=
        table[768 + Int(word >> 32 & 0xFF)] ^ table[512 + Int(word >> 40 & 0xFF)]
        ^ table[256 + Int(word >> 48 & 0xFF)] ^ table[Int(word >> 56)]
      position += 8
    }
    while position < bytes.byteCount {
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
      crc = crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
      position += 1
    }
    register = crc
  }

  /// Eight tables of 256: entry `256·k + b` is the remainder of byte `b` with `k` zero bytes after.
  private static let table: [UInt32] = {
    var table = [UInt32](repeating: 0, count: 2048)
    for byte in 0..<256 {
      var remainder = UInt32(byte)
      for _ in 0..<8 {
        remainder = remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ 0x82F6_3B78
      }
      table[byte] = remainder
    }
    for entry in 256..<2048 {
      let shorter = table[entry - 256]
      table[entry] = shorter >> 8 ^ table[Int(shorter & 0xFF)]
    }
    return table
  }()
}
