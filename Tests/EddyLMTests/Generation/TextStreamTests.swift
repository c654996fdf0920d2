import EddyLM
import Testing

struct TextStreamTests {
  @Test(
    "bytes in any pieces give the same text, and only whole characters",
    arguments: ["", "abc", "né€𝄞😀!", "\u{0}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}"])
  func wholeCharacters(text: String) {
    for size in 1...5 {
      var assembler = UTF8Assembler()
      var joined = ""
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        let piece = assembler.text(Array(bytes[start..<min(start + size, bytes.count)]))
        #expect(!piece.unicodeScalars.contains("\u{FFFD}"))
        joined += piece
      }
      #expect(joined + assembler.finish() == text)
    }
  }

  @Test(
    "bytes that are no UTF-8 become U+FFFD at once, as in one piece",
    arguments: [
      [0x61, 0x92, 0x62], [0xC3, 0x28], [0xE2, 0x82, 0x28], [0xE0, 0x80, 0x61], [0xED, 0xA0, 0x61],
      [0xF0, 0x80, 0x61], [0xF4, 0x90, 0x61], [0xF5, 0x61], [0xC0, 0x80], [0xFF], [0xE2, 0x82],
      [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0xE2, 0x82, 0xAC],
    ] as [[UInt8]])
  func invalid(bytes: [UInt8]) {
    var assembler = UTF8Assembler()
    var joined = ""
    for byte in bytes { joined += assembler.text([byte]) }
    joined += assembler.finish()
    #expect(joined == String(decoding: bytes, as: UTF8.self))
  }

  @Test(
    "a stop string never leaks, however the text is cut",
    arguments: [
      ("say goodbye and", ["goodbye"], "say "), ("aaab", ["aab"], "a"), ("abcabd", ["abd"], "abc"),
      ("one\ntwo", ["\n"], "one"), ("xyz", ["q", "zz"], "xyz"), ("xyzz", ["q", "zz"], "xy"),
      ("abcd", ["bcd", "bc"], "a"), ("é€", ["€"], "é"), ("say", ["say"], ""),
    ])
  func stops(text: String, stops: [String], expected: String) {
    for size in 1...text.count {
      var matcher = StopMatcher(stops)
      var shown = ""
      var rest = text[...]
      while !rest.isEmpty {
        shown += matcher.pass(String(rest.prefix(size)))
        rest = rest.dropFirst(size)
        #expect(expected.hasPrefix(shown))
      }
      shown += matcher.finish()
      #expect(shown == expected)
      #expect(matcher.isStopped == (expected != text))
    }
  }

  @Test("nothing is held back without need")
  func prompt() {
    var matcher = StopMatcher(["stop"])
    #expect(matcher.pass("a s") == "a ")
    #expect(matcher.pass("o") == "so")
    #expect(matcher.pass(" st") == " ")
    #expect(matcher.finish() == "st")
    var free = StopMatcher([])
    #expect(free.pass("anything") == "anything")
  }
}
