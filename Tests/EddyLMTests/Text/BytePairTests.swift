import EddyFiles
import EddyLM
import SystemPackage
import Testing

@Suite("byte pairs")
struct BytePairTests {
  /// A codec with the byte pairs of a text.
  static func codec(
    _ text: String, limit: Int? = nil, lowercase: Bool = false
  ) -> TextCodec {
    let tokenizer = Tokenizer(kind: .bpe, lowercase: lowercase)
    var builder = VocabularyBuilder()
    for piece in pieces(Array(text.utf8)) { builder.add(piece) }
    return TextCodec(
      tokenizer: tokenizer, vocabulary: builder.vocabulary(tokenizer, limit: limit))
  }

  static func pieces(_ text: [UInt8], joinsLines: Bool = false) -> [[UInt8]] {
    Tokenizer(kind: .bpe, joinsLines: joinsLines).pieces(of: [text])
  }

  private func tokens(_ text: String, _ codec: TextCodec) -> [String] {
    codec.encode(text).map { codec.vocabulary.string(of: $0) }
  }

  @Test("the most frequent pair is joined first: the example of Sennrich et al., algorithm 1")
  func example() {
    let text =
      String(repeating: "low ", count: 5) + String(repeating: "lower ", count: 2)
      + String(repeating: "newest ", count: 6) + String(repeating: "widest ", count: 3)
    let codec = Self.codec(text, limit: 256 + 6)
    // es, est, lo, low and so on; the words begin with their space.
    #expect(
      tokens(" newest", codec) == [" ", "n", "e", "w", "est"]
        || tokens(" newest", codec).last == "est")
    #expect(Self.codec(text).vocabulary.id(of: Array(" newest".utf8)) != nil)
    #expect(tokens(" newest", Self.codec(text)) == [" newest"])
  }

  @Test(
    "text is cut as GPT-2 cuts it",
    arguments: [
      ("Hello, world!", ["Hello", ",", " world", "!"]),
      ("it's they'll 'tis don'", ["it", "'s", " they", "'ll", " '", "tis", " don", "'"]),
      ("a  b   c", ["a", " ", " b", "  ", " c"]), ("x12 34.5", ["x", "12", " 34", ".", "5"]),
      ("a\tb", ["a", "\t", "b"]), ("trailing  ", ["trailing", "  "]),
      ("한국어 단어 5개", ["한국어", " 단어", " 5", "개"]),
      ("👩‍👩‍👧 ok", ["👩‍👩‍👧", " ok"]),
      ("if (x) {\n  y();\n}", ["if", " (", "x", ")", " {", "\n", " ", " y", "();", "\n", "}"]),
      ("½ ²", ["½", " ²"]), ("\u{A0}x", ["\u{A0}", "x"]),
    ])
  func cut(text: String, needed: [String]) {
    let found = Self.pieces(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    #expect(found == needed)
  }

  @Test("where tokens may join lines, white space is cut with them")
  func lines() {
    let text = Array("a\n\n  b \n\n".utf8)
    let found = Self.pieces(text, joinsLines: true).map { String(decoding: $0, as: UTF8.self) }
    #expect(found == ["a", "\n\n ", " b", " \n\n"])
  }

  @Test("pieces do not depend on where the text came apart")
  func comesApart() {
    let text = Array("it's  a “line” of  90 wörds,\n\nund\tdann 'll \u{3000}안녕 👍🏽".utf8)
    for joinsLines in [false, true] {
      let tokenizer = Tokenizer(kind: .bpe, joinsLines: joinsLines)
      let whole = tokenizer.pieces(of: [text])
      #expect(whole.flatMap(\.self) == text)
      for cut in text.indices where text[cut] & 0xC0 != 0x80 {
        #expect(tokenizer.pieces(of: [Array(text[..<cut]), Array(text[cut...])]) == whole)
      }
    }
  }

  @Test("any string of bytes comes back as it was")
  func anyBytes() {
    let codec = Self.codec("the theme of these themes: 한국어 한국 é 👍👍\n", limit: 300)
    var state: UInt64 = 5
    for length in [0, 1, 2, 3, 17, 400] {
      for _ in 0..<20 {
        let bytes = (0..<length).map { _ in
          state = state &* 6_364_136_223_846_793_005 &+ 1
          return UInt8(truncatingIfNeeded: state >> 40)
        }
        let ids = codec.encode(bytes: bytes)
        #expect(ids.flatMap { codec.vocabulary.bytes(of: $0) } == bytes)
      }
    }
    let text = "the 한국 thesis\n👍🏽"
    #expect(codec.decode(codec.encode(text)) == text)
    #expect(codec.encodeLine("the").tokens.last == codec.vocabulary.endOfSentence)
  }

  @Test("a word of a million letters takes moments")
  func longWord() {
    let codec = Self.codec("abcabcabcabc abcabc", limit: 300)
    let bytes = (0..<1_000_000).map { UInt8(ascii: "a") + UInt8($0 % 3) }
    #expect(codec.encode(bytes: bytes).count < 500_000)
  }

  @Test("vocabularies are ranked by how often tokens occur, and hold all bytes")
  func vocabulary() {
    let codec = Self.codec("banana banana bandana\n", limit: 270)
    let vocabulary = codec.vocabulary
    #expect(vocabulary.unknown == nil && vocabulary.count <= 270)
    let counts = (0..<vocabulary.count).map { vocabulary.occurrences(of: $0) }
    #expect(counts == counts.sorted(by: >))
    for byte in 0...UInt8.max { #expect(vocabulary.id(of: [byte]) != nil) }
    // No token holds a line feed and more.
    for id in 0..<vocabulary.count where vocabulary.bytes(of: id).count > 1 {
      #expect(!vocabulary.bytes(of: id).contains(UInt8(ascii: "\n")))
    }
  }

  @Test("tokenizer.json: written and read, the same tokens", arguments: [false, true])
  func file(lowercase: Bool) throws {
    let folder = try TextFolder()
    let path = folder.path.appending("tokenizer.json")
    let codec = Self.codec(
      "The cat sat on the mat; 고양이 고양이 the\tcat's \"mat\" \u{0}\n", lowercase: lowercase)
    try TokenizerFile.write(codec, to: path)
    let read = try TokenizerFile.read(path)
    #expect(read.tokenizer == codec.tokenizer)
    for text in ["The cat's 고양이 sat\n\non the mat", "\u{0}\t한 \\\"", ""] {
      #expect(read.encode(text) == codec.encode(text))
    }
  }

  @Test(
    "what is no tokenizer of byte pairs is refused in a sentence",
    arguments: [
      ("\"BPE\"", "\"Unigram\"", "needs a model of the type BPE"),
      ("\"use_regex\":true", "\"use_regex\":false", "needs a pre_tokenizer ByteLevel"),
      (
        "\"add_prefix_space\":false", "\"add_prefix_space\":true", "needs a pre_tokenizer ByteLevel"
      ),
      ("\"NFC\"", "\"NFKC\"", "needs a normalizer NFC"),
      ("\"byte_fallback\":false", "\"byte_fallback\":true", "'byte_fallback'"),
      ("\"dropout\":null", "\"dropout\":0.1", "'dropout'"),
      ("\"vocab\":{", "\"vocab\":{\"zz\":9999,", "needs different ids from 0"),
      ("\"merges\":[", "\"merges\":[[\"a\",\"zz\"],", "has a merge that does not join two tokens"),
      ("\"merges\":[", "\"merges\":[[\"q\",\"q\"],", "does not join two of its tokens"),
      ("\"version\"", "version", "This is no JSON"),
    ])
  func refused(_ part: String, _ replacement: String, _ sentence: String) throws {
    let folder = try TextFolder()
    let path = folder.path.appending("tokenizer.json")
    try TokenizerFile.write(Self.codec("the the the theme"), to: path)
    let text = String(decoding: try folder.bytes("tokenizer.json"), as: UTF8.self)
    let changed = text.replacing(part, with: replacement)
    #expect(changed != text)
    do {
      _ = try TokenizerFile.read(folder.file(changed))
      Issue.record("Accepted.")
    } catch { #expect("\(error)".contains(sentence), "\(error)") }
  }

  @Test("a codec without byte pairs is not written")
  func noPairs() throws {
    let folder = try TextFolder()
    #expect(throws: TokenizerFileError.self) {
      try TokenizerFile.write(.words, to: folder.path.appending("tokenizer.json"))
    }
  }
}
