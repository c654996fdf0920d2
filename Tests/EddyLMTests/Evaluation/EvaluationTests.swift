import EddyFiles
import EddyLM
import EddyNN
import Testing

struct EvaluationTests {
  let model = ToyModel.words
  let size = TextSize(characters: 40, bytes: 50)

  func tokens(_ count: Int) -> [Int] {
    (0..<count).map { ($0 * 7 + $0 / 3) % model.codec.vocabulary.count }
  }

  /// The same number from the other door, one token at a time.
  func reference(_ tokens: [Int]) -> [Float] {
    var state = model.initialState(batchSize: 1)
    return zip([model.codec.vocabulary.endOfSentence] + tokens, tokens).map { input, target in
      model.advance([input], state: &state, team: .serial)[0, target]
    }
  }

  @Test("every token is predicted once, in every window", arguments: [1, 2, 63, 64, 65, 129])
  func everyToken(count: Int) throws {
    let tokens = tokens(count)
    let values = reference(tokens)
    for windowLength in [1, 3, 64, 1000] {
      let evaluation = try Evaluator(model, windowLength: windowLength).evaluate(
        tokenCount: count, size: size, tokens: { Array(tokens[$0]) })
      #expect(evaluation.tokens == count)
      #expect(evaluation == (try Evaluator(model).evaluate(tokens, size: size)))
      #expect(evaluation.logProbability == values.reduce(0) { $0 + Double($1) })
      let unknown = model.codec.vocabulary.unknown
      #expect(evaluation.unknownTokens == tokens.count { $0 == unknown })
      #expect(
        evaluation.knownLogProbability
          == zip(tokens, values).reduce(0) { $1.0 == unknown ? $0 : $0 + Double($1.1) })
    }
  }

  @Test("tokens are asked for in order, each once; progress follows")
  func order() throws {
    let tokens = tokens(150)
    var asked: [Range<Int>] = []
    var done: [Int] = []
    _ = try Evaluator(model, windowLength: 64).evaluate(
      tokenCount: 150, size: size,
      tokens: {
        asked.append($0)
        return Array(tokens[$0])
      }, observe: { done.append($0.range.upperBound) })
    #expect(asked == [0..<64, 64..<128, 128..<150])
    #expect(done == [64, 128, 150])
  }

  @Test("a text without tokens, cut short or with a foreign id is refused")
  func refused() {
    let evaluator = Evaluator(model)
    #expect(throws: EvaluationError.noTokens) {
      try evaluator.evaluate(tokenCount: 0, size: size, tokens: { _ in [] })
    }
    #expect(throws: EvaluationError.textEnded(position: 65)) {
      try evaluator.evaluate(
        tokenCount: 100, size: size, tokens: { $0.filter { $0 < 65 }.map { _ in 0 } })
    }
    for token in [-1, model.codec.vocabulary.count] {
      #expect(
        throws: EvaluationError.tokenOutOfRange(
          token: token, position: 70, vocabularySize: model.codec.vocabulary.count)
      ) {
        try evaluator.evaluate(
          tokenCount: 100, size: size, tokens: { $0.map { $0 == 70 ? token : 0 } })
      }
    }
  }

  @Test("the derived numbers, by hand")
  func derived() throws {
    // Four tokens of probability 1/4, one of them unknown: 8 bits in all.
    let evaluation = Evaluation(
      tokens: 4, vocabularySize: 10, unknownTokens: 1, logProbability: -4 * 1.386294361119890619,
      knownLogProbability: -3 * 1.386294361119890619, size: TextSize(characters: 16, bytes: 32))
    #expect(abs(evaluation.perplexity - 4) < 1e-12)
    #expect(abs(try #require(evaluation.perplexityWithoutUnknown) - 4) < 1e-12)
    #expect(abs(evaluation.bitsPerToken - 2) < 1e-12)
    #expect(abs(try #require(evaluation.bitsPerCharacter) - 0.5) < 1e-12)
    #expect(abs(try #require(evaluation.bitsPerByte) - 0.25) < 1e-12)
    #expect(evaluation.unknownRate == 0.25)
    #expect(!evaluation.isComparable)
    let json = evaluation.json(logBase: .two)
    #expect(json["comparable"] == .bool(false))
    #expect(json["tokens"] == .integer(4))
    #expect(abs(try #require(json["log_probability"]?.number) + 8) < 1e-12)
    #expect(
      evaluation.table(logBase: .ten) == """
        tokens                            4 tokens
        vocabulary                        10 entries
        unknown words                     1 tokens, 25.00 % of all
        log-probability                   -2.41 log10
        perplexity                        4.00 per token
        perplexity without unknown words  4.00 per token
        bits per token                    2.0000 bits
        bits per character                0.5000 bits (not comparable: there are unknown words)
        bits per byte                     0.2500 bits (not comparable: there are unknown words)
        """)
  }

  @Test("what does not exist is null, and never a trap")
  func nothing() {
    var evaluation = Evaluation(
      tokens: 2, vocabularySize: 2, unknownTokens: 2, logProbability: -.infinity,
      knownLogProbability: 0, size: TextSize(characters: 0, bytes: 0))
    #expect(evaluation.perplexityWithoutUnknown == nil)
    #expect(evaluation.bitsPerByte == nil)
    #expect(evaluation.perplexity == .infinity)
    #expect(evaluation.table().contains("perplexity                        inf per token"))
    #expect(evaluation.json()["perplexity_without_unknown"] == .null)
    evaluation.logProbability = .nan
    #expect(evaluation.table().contains("nan per token"))
  }

  @Test("an end without tokens stops the program")
  func misuse() async {
    await #expect(processExitsWith: .failure) {
      _ = Evaluation(
        tokens: 0, vocabularySize: 2, unknownTokens: 0, logProbability: 0,
        knownLogProbability: 0, size: TextSize(characters: 0, bytes: 0))
    }
  }
}
