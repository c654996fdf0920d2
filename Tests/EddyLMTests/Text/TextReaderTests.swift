import EddyFiles
import EddyLM
import Foundation
import SystemPackage
import Testing

/// Files become text in one form, or a message with a place.
struct TextReaderTests {
  func read(_ path: FilePath, lowercase: Bool = false, blockSize: Int = 1 << 20) throws -> [UInt8] {
    var reader = try TextReader(path: path, lowercase: lowercase, blockSize: blockSize)
    var text: [UInt8] = []
    while let piece = try reader.next() { text += piece }
    return text
  }

  func expect(_ input: [UInt8], gives output: String, lowercase: Bool = false) throws {
    let folder = try TextFolder()
    let path = try folder.file(input)
    for blockSize in [1, 2, 3, 7, 1 << 20] {
      let text = try read(path, lowercase: lowercase, blockSize: blockSize)
      #expect(text == Array(output.utf8), "\(output.debugDescription), blocks of \(blockSize)")
    }
  }

  @Test("every line end is a line feed, the last line has one")
  func lineEnds() throws {
    try expect(
      Array("a\r\nb\rc\u{85}d\u{2028}e\u{2029}f\n\r\n\r\rg".utf8),
      gives: "a\nb\nc\nd\ne\nf\n\n\n\ng\n")
    try expect(Array("\r\n".utf8), gives: "\n")
    try expect(Array("0123456789abcde\r\nx\r".utf8), gives: "0123456789abcde\nx\n")
    try expect(Array("0123456789abcdef\r\nx\r\n\n".utf8), gives: "0123456789abcdef\nx\n\n")
    try expect(Array("â\u{2027}\u{A0}\0€".utf8), gives: "â\u{2027}\u{A0}\0€\n")
    try expect([], gives: "")
  }

  @Test("text is in normalisation form C wherever it was cut")
  func normalisation() throws {
    let cases = [
      ("A\u{30A}ngstro\u{308}m 0123456789", "\u{C5}ngstr\u{F6}m 0123456789"),
      ("q\u{323}\u{307} q\u{307}\u{323} e\u{301}", "q\u{323}\u{307} q\u{323}\u{307} \u{E9}"),
      ("\u{1112}\u{1161}\u{11AB} \u{AC00}\u{11A8}", "\u{D55C} \u{AC01}"),
      ("\u{1100}\u{1161}\u{11A7} \u{AC01}\u{11A8}", "\u{AC00}\u{11A7} \u{AC01}\u{11A8}"),
      ("\u{212B} \u{2126} \u{340}a\u{340} か\u{3099}", "\u{C5} \u{3A9} \u{300}\u{E0} \u{304C}"),
      ("\u{958} \u{F73}\u{F73}", "\u{915}\u{93C} \u{F71}\u{F71}\u{F72}\u{F72}"),
      ("नमस्ते 👩‍👩‍👧 \u{1F1E9}\u{1F1EA}", "नमस्ते 👩‍👩‍👧 \u{1F1E9}\u{1F1EA}"),
      ("\u{CC6}\u{CC2}\u{CD5} \u{16D63}\u{16D67}\u{16D67}", "\u{CCB} \u{16D6A}"),
      (
        "\u{2000}\u{37E} \u{20000}\u{2F800} a\u{302}\u{323}", "\u{2002}; \u{20000}\u{4E3D} \u{1EAD}"
      ),
    ]
    for (text, composed) in cases {
      try expect(Array(text.utf8), gives: composed + "\n")
      try expect(
        Array(text.decomposedStringWithCanonicalMapping.utf8), gives: composed + "\n")
    }
  }

  @Test("lower case stays in normalisation form C")
  func lowercase() throws {
    try expect(
      Array("ÀÉ ŞİIß H\u{331} J\u{30C} ΑΣ Ω\u{2126} <UNK>".utf8),
      gives: "àé şi\u{307}iß \u{1E96} \u{1F0} ας ωω <unk>\n".replacing("ας", with: "ασ"),
      lowercase: true)
  }

  @Test("a byte order mark of UTF-8 is dropped, once")
  func byteOrderMark() throws {
    try expect([0xEF, 0xBB, 0xBF] + Array("a".utf8), gives: "a\n")
    try expect([0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF], gives: "\u{FEFF}\n")
    try expect([0xEF, 0xBB, 0xBF], gives: "")
  }

  @Test("a hundred thousand combining marks, and too many")
  func combiningMarks() throws {
    let folder = try TextFolder()
    let marks = String(repeating: "\u{301}\u{323}", count: 50_000)
    let sorted =
      String(repeating: "\u{323}", count: 49_999) + String(repeating: "\u{301}", count: 50_000)
    let text = try read(folder.file("a" + marks))
    #expect(text == Array(("\u{1EA1}" + sorted + "\n").utf8))
    let many = try folder.file(
      "many", "a\nb" + String(repeating: "\u{301}", count: 2 << 20))
    expectFileError("Line 2, before byte") { _ = try read(many) }
  }

  @Test("what is not UTF-8 is refused with line, byte and value, wherever it was cut")
  func invalid() throws {
    let folder = try TextFolder()
    let cases: [([UInt8], String)] = [
      ([0x92], "0x92 continues a character that has not begun"),
      ([0xC0, 0xAF], "0xC0 begins"), ([0xE0, 0x80, 0xAF], "0xE0 begins"),
      ([0xED, 0xA0, 0x80], "0xED begins a surrogate"), ([0xF5, 0x80, 0x80, 0x80], "0xF5 begins"),
      ([0xFF], "0xFF begins no character"), ([0xC3, 0x28], "0xC3 begins"),
      ([0xF0, 0x9F, 0x98], "0xF0 begins a character that is cut off"),
      ([0xE2, 0x82], "0xE2 begins a character that is cut off"), ([0xC3], "0xC3 begins"),
      ([0xF4, 0x90, 0x80, 0x80], "0xF4 begins"),
      // Found by Fuzz: the same reason wherever blocks end.
      ([0xF0, 0xF0, 0x9F], "0xF0 begins a character that is cut off"),
    ]
    let before = Array("ä\r\nbcdefghijklmn\u{2028}🙂x".utf8)
    for (bytes, reason) in cases {
      for after in [[], Array("abc\n".utf8)] {
        let path = try folder.file(before + bytes + after)
        for blockSize in [1, 2, 3, 7, 1 << 20] {
          let fragment = "text: Line 3, byte \(before.count): \(reason)"
          expectFileError(fragment) { _ = try read(path, blockSize: blockSize) }
        }
      }
    }
  }

  @Test("other formats are named")
  func otherFormats() throws {
    let folder = try TextFolder()
    let cases: [([UInt8], String)] = [
      ([0xFF, 0xFE, 0x61, 0x00], "UTF-16"), ([0xFE, 0xFF, 0x00, 0x61], "UTF-16"),
      ([0xFF, 0xFE, 0x00, 0x00], "UTF-32"), ([0x00, 0x00, 0xFE, 0xFF], "UTF-32"),
      ([0x1F, 0x8B, 0x08], "gzip"), (Array("PK\u{3}\u{4}abc".utf8), "zip"),
      (Array("BZh91AY&SY".utf8), "bzip2"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz"),
    ]
    for (bytes, name) in cases {
      let path = try folder.file(bytes)
      expectFileError(name) { _ = try read(path) }
    }
  }

  @Test("what is no regular file is refused, without waiting")
  func noFile() throws {
    let folder = try TextFolder()
    let pipe = folder.path.appending("pipe")
    #expect(unsafe pipe.withPlatformString { unsafe mkfifo($0, 0o600) } == 0)
    expectFileError("a pipe or device") { _ = try read(pipe) }
    expectFileError("a pipe or device") { _ = try read("/dev/zero") }
    expectFileError("a folder") { _ = try read(folder.path) }
    expectFileError("Cannot open: No such file") { _ = try read(folder.path.appending("none")) }
  }
}
