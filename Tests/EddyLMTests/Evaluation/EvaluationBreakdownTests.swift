import EddyFiles
import EddyLM
import EddyNN
import Testing

@Suite("an evaluation by kinds of tokens")
struct EvaluationBreakdownTests {
  /// A vocabulary whose words occur so often.
  private func vocabulary(_ counts: [Int]) -> Vocabulary {
    let words = ["<unk>", "<eos>"] + (2..<counts.count).map { "w\($0)" }
    return Vocabulary(
      words: words.map { Array($0.utf8) }, counts: counts, unknown: 0, endOfSentence: 1)
  }

  @Test("every token is in one class by frequency: unknown, none, then the powers of ten")
  func frequencies() throws {
    var breakdown = EvaluationBreakdown(
      vocabulary([5, 3, 0, 1, 9, 10, 99, 100, 999, 1000, 1_000_000_000_000_000_000, .max]))
    for token in 0..<12 { breakdown.add(token, logProbability: -Float(token)) }
    let classes = try #require(breakdown.byFrequency)
    #expect(
      classes.map(\.range) == [
        nil, 0...0, 1...9, 10...99, 100...999, 1000...9999,
        1_000_000_000_000_000_000 ... .max,
      ])
    // <eos>, w3 and w4 occur one to nine times.
    #expect(classes.map(\.tokens) == [1, 1, 3, 2, 2, 1, 2])
    #expect(classes.map(\.logProbability) == [0, -2, -8, -11, -15, -9, -21])
    #expect(classes[0].label == "unknown" && classes[1].label == "0")
    #expect(classes[2].label == "1–9")
    #expect(classes[6].label == "1000000000000000000 and more")
  }

  @Test("every token is in one class by position, which begins anew after each end")
  func positions() {
    var breakdown = EvaluationBreakdown(vocabulary([0, 2, 1]))
    for length in [40, 3] {
      for place in 1...length { breakdown.add(place == length ? 1 : 2, logProbability: -1) }
    }
    let classes = breakdown.byPosition
    #expect(
      classes.map(\.label) == ["1", "2", "3–4", "5–8", "9–16", "17–32", "33 and more"])
    #expect(classes.map(\.tokens) == [2, 2, 3, 4, 8, 16, 8])
  }

  @Test("the classes add up to the evaluation")
  func sums() throws {
    let model = ToyModel(
      TextCodec(
        tokenizer: Tokenizer(kind: .whitespace),
        vocabulary: vocabulary([7, 100, 0, 1, 50, 2000])))
    let tokens = (0..<1000).map { ($0 * 7 + $0 / 3) % 6 }
    var breakdown = EvaluationBreakdown(model.codec.vocabulary)
    let evaluation = try Evaluator(model).evaluate(
      tokens, size: TextSize(characters: 1, bytes: 1),
      observe: { part in
        for (token, value) in zip(part.tokens, part.logProbabilities) {
          breakdown.add(token, logProbability: value)
        }
      })
    let byFrequency = try #require(breakdown.byFrequency)
    for classes in [byFrequency, breakdown.byPosition] {
      #expect(classes.count > 3)
      #expect(classes.reduce(0) { $0 + $1.tokens } == evaluation.tokens)
      let sum = classes.reduce(0) { $0 + $1.logProbability }
      #expect(abs(sum - evaluation.logProbability) < 1e-9 * abs(sum))
      let bits = classes.reduce(0) { $0 + $1.bitsPerToken * Double($1.tokens) }
      #expect(abs(bits / 1000 - evaluation.bitsPerToken) < 1e-9)
    }
    let unknown = try #require(byFrequency.first)
    #expect(unknown.range == nil && unknown.tokens == evaluation.unknownTokens)
  }

  @Test("a vocabulary without counts has no classes by frequency, and says so")
  func noCounts() {
    var breakdown = EvaluationBreakdown(TextCodec.words.vocabulary)
    breakdown.add(2, logProbability: -1)
    #expect(breakdown.byFrequency == nil)
    #expect(breakdown.json["by_frequency"] == .null)
    #expect(breakdown.table.hasPrefix("occurrences in the training text: the model's vocabulary"))
  }

  @Test("the tables and the lists, by hand")
  func output() throws {
    var breakdown = EvaluationBreakdown(vocabulary([1, 20, 3]))
    // Three tokens of probability 1/4, one of 1/16.
    for (token, bits) in [(2, 2), (0, 2), (2, 2), (1, 4)] as [(Int, Float)] {
      breakdown.add(token, logProbability: -bits * 0.693_147_2)
    }
    #expect(
      breakdown.table == """
        occurrences in the training text  tokens    share  perplexity  bits per token
        unknown                                1  25.00 %        4.00          2.0000
        1–9                                    2  50.00 %        4.00          2.0000
        10–99                                  1  25.00 %       16.00          4.0000

        position in the sentence  tokens    share  perplexity  bits per token
        1                              1  25.00 %        4.00          2.0000
        2                              1  25.00 %        4.00          2.0000
        3–4                            2  50.00 %        8.00          3.0000
        """)
    let rows = try #require(breakdown.json["by_frequency"]?.array)
    #expect(rows.map { $0["from"] } == [.null, 1, 10])
    #expect(rows.map { $0["to"] } == [.null, 9, 99])
    #expect(rows.map { $0["share"]?.number } == [0.25, 0.5, 0.25])
  }
}
