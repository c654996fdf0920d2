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

  let team: ThreadTeam

  public init(team: ThreadTeam = .serial) { self.team = team }

  /// The weights with the highest likelihood, by expectation and maximisation from equal ones: the likelihood has one maximum.
  ///
  /// - Parameters:
  ///   - models: With the same codec.
  ///   - text: Its log-probabilities are kept in memory: 12 bytes for each token and model.
  /// - Throws: ``EvaluationError``, ``MixtureError/notFinite``, or what reading the text throws.
  /// - Complexity: O(tokens · models) for each of at most 1000 rounds.
  /// - Source: Dempster, Laird, Rubin, «Maximum likelihood from incomplete data via the EM algorithm», 1977.
  public func tune(
    _ models: [any LanguageModel], on text: some TokenSource
  ) throws -> Result {
    let values = try models.map { try logProbabilities(of: $0, text) }
    let (weights, loss) = try Likelihoods(values).weights()
    return Result(
      weights: weights,
      perplexities: values.map { values in
        PortableMath.exp(-values.reduce(0.0) { $0 + Double($1) } / Double(values.count))
      },
      perplexity: PortableMath.exp(loss))
  }

  /// What a model says about each token of a text.
  func logProbabilities(
    of model: some LanguageModel, _ text: some TokenSource
  ) throws -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(text.count)
    _ = try Evaluator(model, team: team).evaluate(
      text, size: TextSize(characters: 0, bytes: 0), observe: { values += $0.logProbabilities })
    return values
  }
}

/// What models say about each token of a text, as shares of what the best of them says.
struct Likelihoods {
  /// Model by model, 0 … 1.
  private let shares: [[Double]]
  /// The sum of the best log-probabilities.
  private let best: Double

  init(_ values: [[Float]]) {
    let largest = values[0].indices.map { token in
      values.reduce(-Float.infinity) { max($0, $1[token]) }
    }
    best = largest.reduce(0.0) { $0 + Double($1) }
    shares = values.map { values in
      zip(values, largest).map { PortableMath.exp(Double($0 - $1)) }
    }
  }

  /// The weights with the highest likelihood, and the loss with them in nats per token.
  ///
  /// - Throws: ``MixtureError/notFinite``
  func weights() throws(MixtureError) -> (weights: [Double], loss: Double) {
    var weights = [Double](repeating: 1 / Double(shares.count), count: shares.count)
    var loss = Double.infinity
    for _ in 0..<1000 {
      let (next, shares) = lossAndShares(weights)
      guard next.isFinite else { throw .notFinite }
      guard loss - next > 1e-9 else { break }
      (loss, weights) = (next, shares)
    }
    return (weights, lossAndShares(weights).loss)
  }

  /// The loss of a mixture in nats per token, and the mean share that each model has in the probability of a token.
  func lossAndShares(_ weights: [Double]) -> (loss: Double, shares: [Double]) {
    let count = shares[0].count
    var sums = [Double](repeating: 0, count: weights.count)
    var logarithms = best
    for token in 0..<count {
      var whole = 0.0
      for model in weights.indices { whole += weights[model] * shares[model][token] }
      logarithms += PortableMath.log(whole)
      for model in weights.indices {
        sums[model] += weights[model] * shares[model][token] / whole
      }
    }
    let total = sums.reduce(0, +)
    return (-logarithms / Double(count), sums.map { $0 / total })
  }
}
