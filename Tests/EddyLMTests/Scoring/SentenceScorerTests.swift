import EddyFiles
import EddyLM
import EddyNN
import Testing

struct SentenceScorerTests {
  let model = ToyModel.words

  static let sentences = [
    "you say hello", "", "say", "you you you you you say goodbye and hello", "hello zebra hello",
    "and", "you say goodbye and you say hello and you say goodbye and you say hello", "say you",
  ]

  /// The score token by token, from the other door.
  func reference(_ sentence: String) -> [Float] {
    let tokens = model.codec.encodeLine(sentence).tokens
    var state = model.initialState(batchSize: 1)
    return zip([model.codec.vocabulary.endOfSentence] + tokens, tokens).map { input, target in
      model.advance([input], state: &state, team: .serial)[0, target]
    }
  }

  @Test("the same bits alone, in any batch, in any window, and step by step")
  func sameBits() {
    for (batchSize, windowLength, atOnce) in [(1, 1, 1), (3, 2, 5), (32, 32, 4096), (2, 100, 3)] {
      let scorer = SentenceScorer(
        model, batchSize: batchSize, windowLength: windowLength, sentencesAtOnce: atOnce)
      let scores = scorer.score(Self.sentences)
      for (sentence, score) in zip(Self.sentences, scores) {
        let values = reference(sentence)
        #expect(score.logProbability == values.reduce(0) { $0 + Double($1) })
        #expect(score == SentenceScorer(model).score(sentence))
        #expect(score.tokens == values.count)
      }
    }
  }

  @Test("sentences of a document are scored as an evaluation of it does")
  func document() throws {
    let scorer = SentenceScorer(model)
    var history = scorer.beginning
    var total = 0.0
    for sentence in Self.sentences {
      let score = scorer.score([sentence, "and so on"], after: history)[0]
      total += score.logProbability
      let small = SentenceScorer(model, windowLength: 2)
      #expect(small.score(sentence, continuing: &history) == score)
    }
    let tokens = Self.sentences.flatMap { model.codec.encodeLine($0).tokens }
    let evaluation = try Evaluator(model).evaluate(
      tokens, size: TextSize(characters: 0, bytes: 0))
    #expect(abs(total - evaluation.logProbability) < 1e-9)
    #expect(total != scorer.score(Self.sentences).reduce(0) { $0 + $1.logProbability })
  }

  @Test("an empty sentence scores its end")
  func empty() {
    let score = SentenceScorer(model).score("")
    #expect(score.tokens == 1)
    #expect(score.logProbability == Double(reference("")[0]))
    #expect(score.logProbability(.character) == score.logProbability)
    #expect(score.logProbability(.byte) == score.logProbability)
  }

  @Test("words keep their own names, unknown ones too")
  func words() throws {
    let score = SentenceScorer(model).score("hello zebra", words: true)
    let words = try #require(score.words)
    let values = reference("hello zebra")
    let end = model.codec.vocabulary.string(of: model.codec.vocabulary.endOfSentence)
    #expect(words.map(\.word) == ["hello", "zebra", end])
    #expect(words.map(\.isUnknown) == [false, true, false])
    #expect(words.map(\.logProbability) == values.map(Double.init))
    #expect(score.unknownTokens == 1)
    #expect(score.knownLogProbability == Double(values[0]) + Double(values[2]))
  }

  @Test("words are shown without joiner marks")
  func joiners() {
    let score = SentenceScorer(model).score("hello, zebra!", words: true)
    #expect(score.words?.map(\.word) == ["hello", ",", "zebra", "!", "<eos>"])
    #expect(score.words?.map(\.isUnknown) == [false, false, true, true, false])
  }

  @Test("normalised by what was asked for")
  func normalised() {
    let score = SentenceScorer(model).score("héllo you")
    #expect(score.logProbability(.none) == score.logProbability)
    #expect(score.logProbability(.token) == score.logProbability / 3)
    #expect(score.logProbability(.character) == score.logProbability / 10)
    #expect(score.logProbability(.byte) == score.logProbability / 11)
    #expect(score.perplexity == PortableMath.exp(-score.logProbability / 3))
  }

  @Test("a stream of 20,000 lines is answered in its order")
  func stream() {
    var produced = 0
    var consumed = 0
    var largestLead = 0
    let expected = SentenceScorer(model).score(Self.sentences)
    SentenceScorer(model, sentencesAtOnce: 256).score(
      {
        guard produced < 20_000 else { return Int?.none }
        defer { produced += 1 }
        return produced
      }, text: { Self.sentences[$0 % Self.sentences.count] },
      body: { number, score in
        largestLead = max(largestLead, produced - consumed)
        #expect(number == consumed)
        #expect(score == expected[number % expected.count])
        consumed += 1
      })
    #expect(consumed == 20_000)
    #expect(largestLead <= 256)
  }

  @Test("a sentence of 100,000 words")
  func longSentence() {
    let sentence = Array(repeating: "say", count: 100_000).joined(separator: " ")
    let scores = SentenceScorer(model).score([sentence, "you"])
    #expect(scores[0].tokens == 100_001)
    #expect(scores[0].logProbability.isFinite)
    #expect(scores[1] == SentenceScorer(model).score("you"))
  }

  @Test("logarithms of other bases")
  func bases() {
    #expect(abs(LogBase.two.value(ofNatural: 0.6931471805599453) - 1) < 1e-15)
    #expect(abs(LogBase.ten.value(ofNatural: 2.302585092994046) - 1) < 1e-15)
    #expect(LogBase.natural.value(ofNatural: -3) == -3)
    #expect(SentenceScorer(model).score("you").json(logBase: .ten)["log_base"] == .string("10"))
  }

  @Test("lines below and above a perplexity", arguments: [1, 4096])
  func filter(atOnce: Int) throws {
    let scorer = SentenceScorer(model, sentencesAtOnce: atOnce)
    let perplexities = scorer.score(Self.sentences).map(\.perplexity)
    let threshold = perplexities.sorted()[4]
    for filter in [
      try PerplexityFilter(below: threshold), try PerplexityFilter(above: threshold),
    ] {
      var rest = Self.sentences[...]
      var kept: [String] = []
      let counts = filter.filter(
        { rest.popFirst() }, with: scorer, body: { line, _ in kept.append(line) })
      let expected = zip(Self.sentences, perplexities).filter {
        filter.below != nil ? $0.1 < threshold : $0.1 > threshold
      }
      #expect(kept == expected.map(\.0))
      #expect(counts == (8, kept.count))
    }
  }

  @Test("thresholds that make no sense are refused")
  func thresholds() {
    #expect(throws: PerplexityFilterError.noThreshold) { try PerplexityFilter() }
    #expect(throws: PerplexityFilterError.notPositive(0)) { try PerplexityFilter(below: 0) }
    #expect(throws: PerplexityFilterError.notPositive(.infinity)) {
      try PerplexityFilter(above: .infinity)
    }
    #expect(throws: PerplexityFilterError.self) { try PerplexityFilter(below: .nan) }
    #expect(throws: PerplexityFilterError.nothingPasses(below: 5, above: 5)) {
      try PerplexityFilter(below: 5, above: 5)
    }
  }
}
