import EddyFiles
import EddyLM
import EddyNN
import SystemPackage
import Testing

@Suite("a text as a model read it")
struct EvaluatedTextTests {
  /// The words of a text after an evaluation in windows of any length.
  private func words(
    _ text: String, _ codec: TextCodec, windowLength: Int = 256
  ) throws -> [EvaluatedWord] {
    let folder = try TextFolder()
    let unknownWords = folder.path.appending("unknown")
    let corpus = try Corpus.tokenise(
      [folder.file(text)], codec: codec, to: folder.path.appending("tokens"),
      unknownWords: unknownWords)
    var reader = try EvaluatedText(codec: codec, unknownWords: unknownWords)
    var words: [EvaluatedWord] = []
    _ = try Evaluator(ToyModel(codec), windowLength: windowLength).evaluate(
      corpus, size: corpus.statistics.size, observe: { words += try reader.words(of: $0) })
    return words
  }

  private func text(_ words: [EvaluatedWord]) -> [UInt8] {
    words.flatMap { ($0.followsSpace ? [UInt8(ascii: " ")] : []) + $0.bytes }
  }

  @Test(
    "comes back whole, whether its words are known or not", arguments: TextCodecTests.kinds)
  func roundTrip(_ tokenizer: Tokenizer) throws {
    let all = TextCodecTests.codec(tokenizer, of: CorpusTests.odd)
    let expected = Array(all.decode(all.encode(CorpusTests.odd + "\n")).utf8)
    for codec in [all, TextCodecTests.codec(tokenizer)] {
      for windowLength in [1, 3, 256] {
        let words = try words(CorpusTests.odd, codec, windowLength: windowLength)
        #expect(text(words) == expected)
        #expect(
          words.count { $0.isUnknown }
            == codec.encode(CorpusTests.odd).count {
              $0 == codec.vocabulary.unknown
            })
      }
    }
  }

  @Test("words, their lines and their positions")
  func places() throws {
    let words = try words("you say, zebra\n\nhello", .words)
    #expect(
      words.map(\.word) == ["you", "say", ",", "zebra", "<eos>", "<eos>", "hello", "<eos>"])
    #expect(words.map(\.line) == [1, 1, 1, 1, 1, 2, 3, 3])
    #expect(words.map(\.position) == [1, 2, 3, 4, 5, 1, 1, 2])
    #expect(words.map(\.isUnknown) == [false, false, false, true, false, false, false, false])
    #expect(
      words.map(\.followsSpace) == [false, true, false, true, false, false, false, false])
  }

  @Test("surprisal is in bits; a certainty has none")
  func surprisal() throws {
    var word = try words("you", .words)[0]
    word.logProbability = -2 * 0.693_147_180_559_945_309
    #expect(abs(word.surprisal - 2) < 1e-12)
    word.logProbability = 0
    #expect(word.surprisal == 0 && word.surprisal.sign == .plus)
    #expect(word.json["surprisal_bits"] == .number(0))
    word.logProbability = -.infinity
    #expect(word.json.serialized.contains("\"surprisal_bits\":null"))
  }

  @Test("bytes are shown as whole characters, with what they cost together")
  func spans() throws {
    let words = try words("aé한\u{1B}\u{85}x\t", .bytes)
    var spans = SurprisalSpans()
    // A window may end within a character.
    let parts = words.flatMap { spans.add([$0]) }
    #expect(spans.finish() == nil)
    #expect(
      parts.map(\.lines) == [["a"], ["é"], ["한"], ["␛"], ["⏎", ""], ["x"], ["␉"], ["⏎", ""]])
    #expect(parts.map(\.tokens) == [1, 2, 3, 1, 1, 1, 1, 1])
    #expect(parts[1].surprisal == words[1].surprisal + words[2].surprisal)
    // What never becomes whole is shown in the end.
    #expect(spans.add([words[1]]).isEmpty)
    #expect(spans.finish()?.lines == ["\u{FFFD}"])
  }

  @Test("the steps of the scale")
  func scale() {
    #expect(SurprisalScale.labels.count == SurprisalScale.borders.count + 1)
    #expect(SurprisalScale.labels[0] == "under 1" && SurprisalScale.labels[1] == "1–2")
    #expect(
      [0, 0.99, 1, 1.99, 2, 14.9, 15, 1e300].map(SurprisalScale.step) == [0, 0, 1, 1, 2, 6, 7, 7])
    #expect([Double.infinity, .nan].map(SurprisalScale.step) == [7, 7])
  }

  @Test("a page holds the text, escaped, and the perplexity above it")
  func page() throws {
    let folder = try TextFolder()
    let path = folder.path.appending("page.html")
    let codec = TextCodecTests.codec(Tokenizer(kind: .whitespace), of: "a<b> \"c&amp;'")
    let words = try words("a<b> \"c&amp;'\nשלום <script>", codec)
    let evaluation = Evaluation(
      tokens: 5, vocabularySize: 9, unknownTokens: 2, logProbability: -5, knownLogProbability: -3,
      size: TextSize(characters: 1, bytes: 1))
    try AtomicFile.write(to: path) { file in
      var page = try SurprisalPage(model: "<m>", texts: ["a&b", "-"], in: &file)
      for word in words { try page.add([word], to: &file) }
      try page.finish(evaluation, in: &file)
    }
    let html = String(decoding: try folder.bytes("page.html"), as: UTF8.self)
    #expect(html.hasPrefix("<!DOCTYPE html>\n") && html.hasSuffix("</html>\n"))
    #expect(html.contains("<title>Surprisal: &lt;m&gt;</title>"))
    #expect(html.contains("<p>Text: a&amp;b, -</p>\n<p>Perplexity: 2.72 per token"))
    #expect(html.contains(">a&lt;b&gt;</span> <span "))
    #expect(html.contains(">&quot;c&amp;amp;'</span><span "))
    #expect(html.contains(">⏎</span></p>\n<p dir=\"auto\"><span class=\"s"))
    #expect(html.contains(", unknown word\">שלום</span>"))
    #expect(html.contains(", unknown word\">&lt;script&gt;</span>"))
    #expect(html.matches(of: /<p/).count == html.matches(of: /<\/p>/).count)
    #expect(html.matches(of: /<span/).count == html.matches(of: /<\/span>/).count)
    expectFileError("Is there already") { try SurprisalPage.requireNew(path) }
  }

  @Test("a surprisal that is not finite is shown, and no trap")
  func notFinite() throws {
    let folder = try TextFolder()
    var word = try words("you", .words)[0]
    var evaluation = Evaluation(
      tokens: 1, vocabularySize: 9, unknownTokens: 0, logProbability: .nan,
      knownLogProbability: .nan, size: TextSize(characters: 1, bytes: 1))
    for (value, remark) in [
      (-Double.infinity, "inf bits, probability 0.000000000000000"),
      (.nan, "nan bits, probability nan"), (.infinity, "-inf bits, probability inf"),
      (-1000, "1442.70 bits, probability 0.000000000000000"), (0, "0.00 bits, probability 1.000"),
    ] {
      word.logProbability = value
      evaluation.logProbability = value
      try AtomicFile.write(to: folder.path.appending("page")) { file in
        var page = try SurprisalPage(model: "m", texts: [], in: &file)
        try page.add([word], to: &file)
        try page.finish(evaluation, in: &file)
      }
      // A NaN may have a sign.
      let html = String(decoding: try folder.bytes("page"), as: UTF8.self)
        .replacing("-nan", with: "nan")
      #expect(html.contains("title=\"\(remark)\">you</span></p>"), "\(html.suffix(200))")
    }
  }
}
