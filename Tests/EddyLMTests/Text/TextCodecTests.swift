import EddyFiles
import EddyLM
import Foundation
import Testing

/// Text becomes token ids and text again.
struct TextCodecTests {
  /// A codec that knows all tokens of a text.
  static func codec(_ tokenizer: Tokenizer, of text: String = "") -> TextCodec {
    var builder = VocabularyBuilder()
    if !text.isEmpty, tokenizer.kind != .byte {
      for word in codec(tokenizer).encodeLine(text).words { builder.add(Array(word.utf8)) }
    }
    return TextCodec(tokenizer: tokenizer, vocabulary: builder.vocabulary(tokenizer))
  }

  static func tokens(_ text: String, _ tokenizer: Tokenizer) -> [String] {
    codec(tokenizer).encodeLine(text).words.dropLast()
  }

  static let kinds =
    Tokenizer.Kind.allCases.map { Tokenizer(kind: $0) }
    + [Tokenizer(kind: .character, graphemes: true)]

  @Test("words, and every other visible character")
  func words() {
    let cases: [(String, [String])] = [
      ("Hello, world!", ["Hello", "￭,", "world", "￭!"]),
      ("don't dogs' 'tis rock’n’roll", ["don't", "dogs", "￭'", "'", "￭tis", "rock’n’roll"]),
      (
        "1,000.5 3. x.5 v1.2a 1.2",
        ["1,000.5", "3", "￭.", "x", "￭.", "￭5", "v1.2a", "1.2"]
      ),
      ("1.a 1,b", ["1", "￭.", "￭a", "1", "￭,", "￭b"]),
      (
        "a''b 1..2 1.,2 a'.",
        ["a", "￭'", "￭'", "￭b", "1", "￭.", "￭.", "￭2", "1", "￭.", "￭,", "￭2", "a", "￭'", "￭."]
      ),
      (
        "a<unk>b <un <<unk> <unk",
        ["a", "<unk>", "￭b", "<", "￭un", "<", "<unk>", "<", "￭unk"]
      ),
      ("<eos> <u<unk>k", ["<", "￭eos", "￭>", "<", "￭u", "<unk>", "￭k"]),
      ("￭ ￭a a￭ ￭￭ ￭\u{20DD}", ["￭", "￭", "￭a", "a", "￭￭", "￭", "￭￭", "￭", "￭\u{20DD}"]),
      ("👨‍👩‍👧 ❤️ 👍🏽 'a'\u{301}", ["👨‍", "￭👩‍", "￭👧", "❤️", "👍🏽", "'", "￭a", "￭'\u{301}"]),
      ("naïve Ünïcödé 北京 2１", ["naïve", "Ünïcödé", "北京", "2１"]),
      ("a\u{A0}b\u{3000}c\tZ\u{B}", ["a", "b", "c", "Z"]),
      ("שלום, עולם", ["שלום", "￭,", "עולם"]), ("\u{301}a", ["\u{301}a"]),
      ("\0", ["\0"]), ("", []), ("  ", []), ("'", ["'"]), ("1.", ["1", "￭."]),
    ]
    for (text, tokens) in cases {
      let found = Self.tokens(text, Tokenizer(kind: .word))
      #expect(found.map { Array($0.utf8) } == tokens.map { Array($0.utf8) }, "\(found)")
    }
  }

  @Test("white space, scalars, graphemes, bytes")
  func otherKinds() {
    #expect(
      Self.tokens(" a,b  <unk>\u{2003}<eos> ", Tokenizer(kind: .whitespace))
        == ["a,b", "<unk>", "<eos>"])
    let text = "e\u{332}🇩🇪 <"
    #expect(
      Self.tokens(text, Tokenizer(kind: .character)).map { Array($0.utf8) }
        == text.unicodeScalars.map { Array(String($0).utf8) })
    #expect(
      Self.tokens(text, Tokenizer(kind: .character, graphemes: true))
        == ["e\u{332}", "🇩🇪", " ", "<"])
    #expect(Self.codec(Tokenizer(kind: .byte)).encode("ä\n").count == 3)
  }

  @Test("a text comes back", arguments: kinds)
  func roundTrip(_ tokenizer: Tokenizer) {
    let texts = [
      "Hello, world! (yes) \"no\" don't 1,000.5%", "a￭b ￭ ￭￭ ￭,￭ ,￭", "<eos> < unk> <u",
      "👨‍👩‍👧❤️👍🏽 🇩🇪🇫🇷 e\u{332}\u{301}x", "a\n\nb\n c".replacing("\n ", with: "\n"),
      "\0\u{1}\u{200B}\u{202E}ab",
      "", "\n", "<unk> , <unk>", String(repeating: "x", count: 5000),
    ]
    for text in texts where tokenizer.kind != .whitespace || !text.contains("<eos>") {
      let codec = Self.codec(tokenizer, of: text)
      #expect(
        Array(codec.decode(codec.encode(text)).utf8)
          == Array(text.precomposedStringWithCanonicalMapping.utf8))
    }
  }

  @Test("formulas of odd characters come back", arguments: kinds)
  func roundTripOfMany(_ tokenizer: Tokenizer) {
    let parts = [
      "a", "Z9", "'", "’", ".", ",", "1", "￭", "<", "unk", ">", " ", "\u{301}", "\u{200D}", "🙂",
      "-", "<un", "\n", "語", "\u{AD}",
    ]
    var state: UInt32 = 7
    for _ in 0..<400 {
      var text = ""
      for _ in 0..<12 {
        state = state &* 1_664_525 &+ 1_013_904_223
        text += parts[Int(state >> 16) % parts.count]
      }
      text = text.precomposedStringWithCanonicalMapping
      // White space collapses for words, and the unknown word has no joiner mark.
      if tokenizer.kind == .word || tokenizer.kind == .whitespace {
        text = text.split(separator: "\n", omittingEmptySubsequences: false)
          .map { $0.unicodeScalars.split(separator: " ").map { String($0) }.joined(separator: " ") }
          .joined(separator: "\n")
        if text.contains("<unk>") { continue }
      }
      let codec = Self.codec(tokenizer, of: text)
      #expect(Array(codec.decode(codec.encode(text)).utf8) == Array(text.utf8))
    }
  }

  @Test("composed and decomposed text have the same ids", arguments: kinds)
  func canonicalEquivalence(_ tokenizer: Tokenizer) {
    let text = "Ångström über 한국 ὕ q\u{323}\u{307}"
    let codec = Self.codec(tokenizer, of: text)
    #expect(codec.encode(text.decomposedStringWithCanonicalMapping) == codec.encode(text))
    #expect(codec.encode(text).allSatisfy { $0 != codec.vocabulary.unknown })
  }

  @Test("a line ends once; unknown words are kept")
  func line() throws {
    let codec = Self.codec(Tokenizer(kind: .whitespace, lowercase: true), of: "you say")
    let end = codec.vocabulary.endOfSentence
    let unknown = try #require(codec.vocabulary.unknown)
    for text in ["You SAY Goodbye", "you say goodbye\r\n", "you say goodbye\n"] {
      let sentence = codec.encodeLine(text)
      #expect(sentence.words == ["you", "say", "goodbye", "<eos>"])
      #expect(Array(sentence.tokens.suffix(2)) == [unknown, end])
      #expect(sentence.unknownCount == 1)
    }
    #expect(codec.encodeLine("").tokens == [end])
    #expect(codec.encodeLine("<eos>").tokens == [end, end])
    #expect(codec.encode("you\n") == codec.encode("you") + [end])
    #expect(codec.decode(codec.encode("you goodbye\nsay")) == "you <unk>\nsay")
  }

  @Test("a tokenizer is stored and read", arguments: kinds)
  func json(_ tokenizer: Tokenizer) throws {
    #expect(try Tokenizer(json: tokenizer.json) == tokenizer)
    #expect(throws: TokenizerError.field("lowercase", needed: "true or false")) {
      try Tokenizer(json: ["kind": "word", "lowercase": 1])
    }
    #expect(throws: TokenizerError.self) { try Tokenizer(json: ["kind": "bpe"]) }
  }
}
