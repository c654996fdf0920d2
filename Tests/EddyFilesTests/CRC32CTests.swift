import EddyFiles
import Testing

@Suite("CRC-32C")
struct CRC32CTests {
  @Test("agrees with the vectors of RFC 3720, B.4")
  func vectors() {
    #expect(CRC32C.checksum(of: []) == 0)
    #expect(CRC32C.checksum(of: Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(of: Array(0..<32)) == 0x46DD_794E)
    #expect(CRC32C.checksum(of: Array((0..<32).reversed())) == 0x113F_DB5C)
  }

  @Test("pieces give what the whole gives", arguments: 0...40)
  func pieces(cut: Int) {
    let bytes = (0..<40).map { UInt8($0 * 37 & 0xFF) }
    var crc = CRC32C()
    crc.update(Array(bytes[..<cut]))
    crc.update(Array(bytes[cut...]))
    #expect(crc.value == CRC32C.checksum(of: bytes))
  }

  @Test("digits are eight, leading zeros included")
  func digits() {
    #expect(CRC32C().digits == "00000000")
  }
}
