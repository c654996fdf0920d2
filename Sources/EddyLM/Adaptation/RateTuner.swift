import EddyNN

extension MixtureTuner {
  /// The tokens at the beginning of a text that rates are tried on.
  private static let rateTokens = 20_000

  /// Chooses the rate of dynamic evaluation, so that a model predicts the beginning of a text best.
  ///
  /// Multiplies or divides the rate that the model has by 2·√2 while that helps, then by √2. A cache counts as much as its
  /// options say, and other models of a mixture do not count.
  ///
  /// - Returns: The model with the rate that was chosen; nil if it does not learn from what it reads.
  /// - Throws: What reading the text throws, ``MixtureError/notFinite``.
  /// - Complexity: Reads the first 20,000 tokens five times or more.
  public func withBestRate(
    _ model: any LanguageModel, on text: some TokenSource
  ) throws -> (model: any LanguageModel, rate: Float)? {
    guard let model = model as? any LearningModel else { return nil }
    let beginning = try text.read(0..<min(text.count, Self.rateTokens))
    var losses: [Int: Double] = [:]
    func rate(_ step: Int) -> Float {
      Float(Double(model.rate) * PortableMath.exp(Double(step) / 2 * PortableMath.log(2)))
    }
    func loss(_ step: Int) throws -> Double {
      if let loss = losses[step] { return loss }
      var loss = Double.infinity
      if DynamicOptions.rates.contains(rate(step)) {
        let sum = try logProbabilities(of: model.with(rate: rate(step)), beginning)
          .reduce(0.0) { $0 + Double($1) }
        if sum.isFinite { loss = -sum }
      }
      losses[step] = loss
      return loss
    }
    var best = 0
    for distance in [3, 1] {
      while let next = try [best - distance, best + distance].first(where: {
        try loss($0) < loss(best)
      }) {
        best = next
      }
    }
    guard try loss(best).isFinite else { throw MixtureError.notFinite }
    return (model.with(rate: rate(best)), rate(best))
  }
}

/// A model that learns from what it reads, with a cache or without.
private protocol LearningModel: LanguageModel {
  var rate: Float { get }
  /// The same model with another rate.
  func with(rate: Float) -> Self
}

extension DynamicModel: LearningModel {
  fileprivate var rate: Float { options.rate }
}

extension CachedModel: LearningModel where Base: LearningModel {
  fileprivate var rate: Float { base.rate }

  fileprivate func with(rate: Float) -> CachedModel {
    CachedModel(base.with(rate: rate), options: options)
  }
}
