public import EddyNN

/// Finds the weights with which models predict a text best together.
public struct MixtureTuner: Sendable {
  /// What came out.
  public struct Result: Sendable {
    /// `λ` of each model.
    public let weights: [Double]
    /// Each model's perplexity on the text, and the mixture's.
    public let perplexities: [Double]
    public let perplexity: Double
  }

  private let team: ThreadTeam

  public init(team: ThreadTeam = .serial) { self.team = team }

  /// The weights with the highest likelihood, by expectation and maximisation from equal ones: the likelihood has one maximum.
  ///
  /// - Parameters:
  ///   - models: With the same codec.
  ///   - text: Its log-probabilities are kept in memory: 4 bytes for each token and model.
  /// - Throws: ``EvaluationError``, or what reading the text throws.
  /// - Complexity: O(tokens · models) for each of at most 1000 rounds.
  /// - Source: Dempster, Laird, Rubin, «Maximum likelihood from incomplete data via the EM algorithm», 1977.
  public func tune(
    _ models: [any LanguageModel], on text: some TokenSource
  ) throws -> Result {
    let values = try models.map { try logProbabilities(of: $0, text) }
    var weights = [Double](repeating: 1 / Double(models.count), count: models.count)
    var loss = self.loss(values, weights: weights)
    for _ in 0..<1000 {
      weights = improved(weights, values)
      let next = self.loss(values, weights: weights)
      defer { loss = next }
      guard loss - next > 1e-9 else { break }
    }
    return Result(
      weights: weights,
      perplexities: values.map { values in
        PortableMath.exp(-values.reduce(0.0) { $0 + Double($1) } / Double(values.count))
      },
      perplexity: PortableMath.exp(loss))
  }

  private func logProbabilities(
    of model: some LanguageModel, _ text: some TokenSource
  ) throws -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(text.count)
    _ = try Evaluator(model, team: team).evaluate(
      text, size: TextSize(characters: 0, bytes: 0), observe: { values += $0.logProbabilities })
    return values
  }

  /// The mean share that each model has in the probability of a token.
  private func improved(_ weights: [Double], _ values: [[Float]]) -> [Double] {
    var sums = [Double](repeating: 0, count: weights.count)
    for token in values[0].indices {
      let parts = values.map { $0[token] }
      let whole = Mixture.log(parts, weights: weights)
      for index in weights.indices {
        sums[index] += weights[index] * PortableMath.exp(Double(parts[index]) - whole)
      }
    }
    let total = sums.reduce(0, +)
    return sums.map { $0 / total }
  }

  private func loss(_ values: [[Float]], weights: [Double]) -> Double {
    let sum = values[0].indices.reduce(0.0) { sum, token in
      sum + Mixture.log(values.map { $0[token] }, weights: weights)
    }
    return -sum / Double(values[0].count)
  }
}
