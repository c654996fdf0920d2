import EddyFiles
import EddyLM
import SystemPackage
import Testing

/// Texts become files of token ids.
struct CorpusTests {
  static let odd =
    "Don't\r\nstop  1,000.5 <unk>'s\u{2028}👨‍👩‍👧e\u{301}\u{323}\rq￭ 한국 <eos> \0 <un\n\n 北京 x"

  @Test("blocks of any size give the ids of the whole text", arguments: TextCodecTests.kinds)
  func blockSizes(_ tokenizer: Tokenizer) throws {
    let folder = try TextFolder()
    let path = try folder.file(Self.odd)
    let codec = TextCodecTests.codec(tokenizer, of: Self.odd)
    let whole = codec.encode(Self.odd + "\n")
    for blockSize in [1, 2, 3, 7, 1 << 20] {
      let corpus = try Corpus.tokenise(
        [path], codec: codec, to: folder.path.appending("tokens"), blockSize: blockSize)
      #expect((0..<corpus.count).map { corpus[$0] } == whole)
      #expect(corpus.statistics.lines == 6)
    }
  }

  @Test("several files are one text, in order")
  func severalFiles() throws {
    let folder = try TextFolder()
    let codec = TextCodecTests.codec(Tokenizer(kind: .word), of: "ä b c")
    let corpus = try Corpus.tokenise(
      [folder.file("1", "c ä"), folder.file("2", ""), folder.file("3", "b\nd e\n")], codec: codec,
      to: folder.path.appending("tokens"))
    #expect((0..<corpus.count).map { corpus[$0] } == codec.encode("c ä\nb\nd e\n"))
    var statistics = TextStatistics()
    statistics.tokens = 8
    statistics.unknownTokens = 2
    statistics.lines = 3
    statistics.words = 5
    statistics.characters = 10
    statistics.bytes = 11
    #expect(corpus.statistics == statistics)
  }

  @Test(
    "a text without a token is refused, and nothing is written", arguments: TextCodecTests.kinds)
  func blank(_ tokenizer: Tokenizer) throws {
    let folder = try TextFolder()
    let codec = TextCodecTests.codec(tokenizer)
    for (text, reason) in [
      ("", "The text is empty"), ("\n\r\n", "white space"), (" \t\u{3000}\n", "white space"),
      ("\u{FEFF}", "The text is empty"),
    ] {
      let path = try folder.file(text)
      expectFileError(reason) {
        _ = try Corpus.tokenise([path], codec: codec, to: folder.path.appending("tokens"))
      }
      expectFileError(reason) {
        _ = try TrainingTexts.prepare(
          texts: [path], validation: [], vocabulary: .text(TextOptions(tokenizer: tokenizer)),
          folder: folder.path)
      }
    }
    #expect(try folder.names == ["text"])
  }

  @Test("one word, repeated, is a text")
  func oneWord() throws {
    let folder = try TextFolder()
    let texts = try TrainingTexts.prepare(
      texts: [folder.file(String(repeating: "a\n", count: 100))], validation: [],
      vocabulary: .text(TextOptions(tokenizer: Tokenizer(kind: .whitespace))), folder: folder.path)
    #expect(texts.codec.vocabulary.count == 3)
    #expect(texts.training.count == 190 && texts.validation.count == 10)
    #expect(texts.training.statistics.lines == 95 && texts.validation.statistics.lines == 5)
    #expect(texts.validation.statistics.bytes == 10)
    #expect(try folder.names == ["text", "tokens.train", "tokens.valid"])
  }

  @Test("words of the held-out part alone are not in the vocabulary")
  func heldOut() throws {
    let folder = try TextFolder()
    let texts = try TrainingTexts.prepare(
      texts: [folder.file(String(repeating: "a b\n", count: 40) + "a new\n")], validation: [],
      vocabulary: .text(TextOptions()), folder: folder.path)
    #expect(texts.codec.vocabulary.id(of: Array("new".utf8)) == nil)
    #expect(texts.training.statistics.unknownTokens == 0)
    #expect(texts.validation.statistics.unknownTokens == 1)
    #expect(
      texts.training.count + texts.validation.count == 123
        && texts.training[texts.training.count - 1] == texts.codec.vocabulary.endOfSentence)
    expectFileError("single line") {
      _ = try TrainingTexts.prepare(
        texts: [folder.file("a b c")], validation: [], vocabulary: .text(TextOptions()),
        folder: folder.path)
    }
  }

  @Test("a text of one long line is divided within it")
  func heldOutOfOneLine() throws {
    let folder = try TextFolder()
    let texts = try TrainingTexts.prepare(
      texts: [folder.file("a\n" + String(repeating: "語 b ", count: 100_000))], validation: [],
      vocabulary: .text(TextOptions()), folder: folder.path)
    #expect(texts.training.count + texts.validation.count == 200_003)
    #expect((180_000...190_003).contains(texts.training.count))
  }

  @Test("a validation text without a known word is refused")
  func unknownValidation() throws {
    let folder = try TextFolder()
    let training = try folder.file("a b\n")
    let validation = try folder.file("valid", "c d\ne\n")
    expectFileError("None of the 3 words") {
      _ = try TrainingTexts.prepare(
        texts: [training], validation: [validation], vocabulary: .text(TextOptions()),
        folder: folder.path)
    }
  }

  @Test("a token of more than 1 MiB is refused with its line")
  func longToken() throws {
    let folder = try TextFolder()
    let path = try folder.file("a\n" + String(repeating: "b", count: 3 << 20))
    let codec = TextCodecTests.codec(Tokenizer(kind: .word))
    expectFileError("Line 2: a token is longer than 1048576 bytes") {
      _ = try Corpus.tokenise([path], codec: codec, to: folder.path.appending("tokens"))
    }
    #expect(try folder.names == ["text"])
  }

  @Test("above 65,536 entries an id takes 4 bytes")
  func largeVocabulary() throws {
    let folder = try TextFolder()
    let path = try folder.file((0..<66_000).map { "w\($0)\n" }.joined())
    let texts = try TrainingTexts.prepare(
      texts: [path], validation: [path], vocabulary: .text(TextOptions()), folder: folder.path)
    let vocabulary = texts.codec.vocabulary
    #expect(vocabulary.count == 66_002)
    #expect(try folder.bytes("tokens.train").count == 96 + 4 * texts.training.count)
    #expect((0..<66_000).allSatisfy { vocabulary.string(of: texts.training[2 * $0]) == "w\($0)" })
    #expect(texts.validation.statistics.unknownTokens == 0)
    let codec = TextCodecTests.codec(Tokenizer(kind: .word), of: "w1 w2")
    let narrow = try Corpus.tokenise([path], codec: codec, to: folder.path.appending("narrow"))
    #expect(try folder.bytes("narrow").count == 96 + 2 * narrow.count)
    #expect(narrow.statistics.unknownTokens == 65_998)
  }

  @Test("a file of ids that was cut or changed anywhere is refused")
  func damagedTokenFile() throws {
    let folder = try TextFolder()
    let codec = TextCodecTests.codec(Tokenizer(kind: .word), of: "a b c")
    _ = try Corpus.tokenise(
      [folder.file("a b c\n")], codec: codec, to: folder.path.appending("tokens"))
    let bytes = try folder.bytes("tokens")
    #expect(try TokenFile(path: folder.file("copy", bytes)).count == 4)
    for index in bytes.indices {
      var flipped = bytes
      flipped[index] ^= 0x10
      let copy = try folder.file("copy", flipped)
      #expect(throws: FileError.self) { try TokenFile(path: copy) }
      let short = try folder.file("copy", bytes[..<index])
      #expect(throws: FileError.self) { try TokenFile(path: short) }
    }
    expectFileError("is a folder") { _ = try TokenFile(path: folder.path) }
  }

  @Test("the Penn Treebank", .enabled(if: Shared.isPresent, Shared.missing))
  func pennTreebank() throws {
    let folder = try TextFolder()
    let texts = try TrainingTexts.prepare(
      texts: [Shared.path("data/ptb/train.txt")], validation: [Shared.path("data/ptb/valid.txt")],
      vocabulary: .text(TextOptions(tokenizer: Tokenizer(kind: .whitespace))), folder: folder.path)
    #expect(texts.training.count == 929_589 && texts.training.statistics.lines == 42_068)
    #expect(texts.validation.count == 73_760 && texts.validation.statistics.lines == 3370)
    #expect(texts.codec.vocabulary.count == 10_000)
    #expect(texts.codec.vocabulary.string(of: 0) == "the")
    let unknown = try #require(texts.codec.vocabulary.unknown)
    #expect(
      texts.training.statistics.unknownTokens == texts.codec.vocabulary.occurrences(of: unknown))
    let test = try Corpus.tokenise(
      [Shared.path("data/ptb/test.txt")], codec: texts.codec, to: folder.path.appending("test"))
    #expect(test.count == 82_430)
  }
}
