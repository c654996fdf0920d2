import EddyLM
import EddyNN
import Testing

@Suite("mixtures of models")
struct MixtureTests {
  private static let words = ["a", "b", "c", "d", "e", "f"]
  private static let codec = TextCodec(
    tokenizer: Tokenizer(kind: .whitespace), vocabulary: Vocabulary(words: words))
  private static let size = 8

  private func lstm(seed: UInt64) -> any LanguageModel {
    let network = RecurrentNetwork<LSTMCell>(
      vocabularySize: Self.size, sizes: NetworkSizes(embedding: 5, hidden: 7, layers: 1),
      range: 1.5, seed: seed)
    return network.languageModel(codec: Self.codec, precision: .float32, team: .serial)
  }

  private func window(seed: UInt64) -> any LanguageModel {
    let network = ContextNetwork<AveragedContext>(
      vocabularySize: Self.size,
      sizes: NetworkSizes(embedding: 5, hidden: 5, layers: 1, context: 2),
      range: 2, seed: seed)
    return ContextModel(codec: Self.codec, network: network)
  }

  private func logProbabilities(_ model: some LanguageModel, _ text: [Int]) -> [Float] {
    var state = model.initialState(batchSize: 1)
    return model.logProbabilities(
      of: Array(text.dropFirst()), after: Array(text.dropLast()), state: &state, team: .serial)
  }

  private let text = [1, 2, 5, 3, 7, 7, 4, 1, 6, 2, 1]

  @Test("probabilities are the weighted sum, in both doors, and add up to 1")
  func sums() {
    let parts = [lstm(seed: 1), window(seed: 2), lstm(seed: 3)]
    let weights = [0.5, 0.2, 0.3]
    let mixed = MixedModel(parts, weights: weights)
    let values = logProbabilities(mixed, text)
    let alone = parts.map { logProbabilities($0, text) }
    var state = mixed.initialState(batchSize: 2)
    for (index, value) in values.enumerated() {
      let needed = weights.indices.reduce(0.0) {
        $0 + weights[$1] * PortableMath.exp(Double(alone[$1][index]))
      }
      #expect(abs(PortableMath.exp(Double(value)) - needed) < 1e-6)
      let next = mixed.advance([text[index], 3], state: &state, team: .serial)
      #expect(next[0, text[index + 1]] == value)
      let sum = (0..<Self.size).reduce(0.0) { $0 + PortableMath.exp(Double(next[0, $1])) }
      #expect(abs(sum - 1) < 1e-5)
    }
  }

  @Test("states are split, joined and compared as those of one model")
  func states() {
    let mixed = MixedModel([lstm(seed: 1), window(seed: 2)], weights: [0.5, 0.5])
    var both = mixed.initialState(batchSize: 2)
    _ = mixed.advance([3, 4], state: &both, team: .serial)
    var first = mixed.initialState(batchSize: 1)
    _ = mixed.advance([3], state: &first, team: .serial)
    var second = mixed.initialState(batchSize: 1)
    _ = mixed.advance([4], state: &second, team: .serial)
    #expect(both.rows([0]) == first && both.rows([1]) == second && first != second)
    #expect(MixedState(joining: [first, second]) == both)
    #expect(both.batchSize == 2)
  }

  @Test("the weights that are found are the best")
  func tuning() throws {
    let models = [lstm(seed: 1), window(seed: 2)]
    // Words of the first model, now and then one of the second.
    var random = PhiloxSequence(seed: 5, purpose: .sampling)
    var states = models.map { $0.initialState(batchSize: 1) as any StreamState }
    var tokens: [Int] = []
    func next<Model: LanguageModel>(_ model: Model, _ index: Int, _ token: Int) -> Matrix {
      guard var state = states[index] as? Model.State else { return Matrix(rows: 0, columns: 0) }
      defer { states[index] = state }
      return model.advance([token], state: &state, team: .serial)
    }
    for _ in 0..<4000 {
      let rows = models.indices.map { next(models[$0], $0, tokens.last ?? 1) }
      let chosen = rows[random.nextUnit() < 0.7 ? 0 : 1]
      var left = random.nextUnit()
      let word = (0..<Self.size).first { word in
        left -= PortableMath.exp(Double(chosen[0, word]))
        return left < 0
      }
      tokens.append(word ?? Self.size - 1)
    }
    let result = try MixtureTuner().tune(models, on: tokens)
    #expect(abs(result.weights[0] - 0.7) < 0.05)
    let shared = try MixtureTuner(team: ThreadTeam(count: 3)).tune(models, on: tokens)
    #expect(shared.weights == result.weights && shared.perplexity == result.perplexity)
    #expect(abs(result.weights.reduce(0, +) - 1) < 1e-9)
    for perplexity in result.perplexities { #expect(result.perplexity < perplexity) }
    func perplexity(_ weight: Double) throws -> Double {
      try Evaluator(MixedModel(models, weights: [weight, 1 - weight]))
        .evaluate(tokens, size: TextSize(characters: 0, bytes: 0)).perplexity
    }
    #expect(abs(try perplexity(result.weights[0]) - result.perplexity) < 1e-3)
    for step in [-0.03, 0.03] {
      #expect(try perplexity(result.weights[0] + step) > result.perplexity)
    }
  }
}
