import EddyNN

extension MixtureTuner {
  /// What a cache counts for by `θ`; those that are tried.
  private static let thetas: [Double] = [
    0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2, 1.8, 2.5, 3.5, 5,
  ]

  /// Chooses `θ` and `λ` of a model's cache, so that it predicts a text best.
  ///
  /// The model reads the text once, whatever is tried; `λ` is found by expectation and maximisation
  /// unless it is given.
  ///
  /// - Parameters:
  ///   - theta: `θ`, if it is not to be chosen.
  ///   - weight: `λ`, if it is not to be chosen.
  /// - Returns: The model with what was chosen; nil if it has no cache.
  /// - Throws: What reading the text throws, ``MixtureError/notFinite``.
  public func withBestCache(
    _ model: any LanguageModel, on text: some TokenSource, theta: Double? = nil,
    weight: Double? = nil
  ) throws -> (model: any LanguageModel, cache: CacheOptions)? {
    guard let model = model as? any CachingModel else { return nil }
    let options = try model.bestOptions(
      on: text, thetas: theta.map { [$0] } ?? Self.thetas, weight: weight, team: team)
    return (model.with(options), options)
  }
}

/// A model with a cache, of whatever base.
private protocol CachingModel: LanguageModel {
  /// What suits a text best; the size stays.
  func bestOptions(
    on text: some TokenSource, thetas: [Double], weight: Double?, team: ThreadTeam
  ) throws -> CacheOptions
  /// The same model with another cache.
  func with(_ options: CacheOptions) -> Self
}

extension CachedModel: CachingModel {
  fileprivate func with(_ options: CacheOptions) -> CachedModel {
    CachedModel(base, options: options)
  }

  fileprivate func bestOptions(
    on text: some TokenSource, thetas: [Double], weight: Double?, team: ThreadTeam
  ) throws -> CacheOptions {
    var state = initialState(batchSize: 1)
    var previous = codec.vocabulary.endOfSentence
    var values: [Float] = []
    var masses = [[Float]](repeating: [], count: thetas.count)
    for start in stride(from: 0, to: text.count, by: 256) {
      let targets = try text.read(start..<min(start + 256, text.count))
      let parts = parts(
        of: targets.enumerated().map { Continuation(row: $0, token: $1) },
        after: [previous] + targets.dropLast(), thetas: thetas, state: &state,
        keeping: [targets.count - 1], team: team)
      for part in parts {
        values.append(part.logProbability)
        for theta in thetas.indices {
          let mass = part.masses.map { Float(PortableMath.log($0[theta])) }
          masses[theta].append(mass ?? part.logProbability)
        }
      }
      previous = targets[targets.count - 1]
    }
    var best: (loss: Double, options: CacheOptions)?
    for (index, theta) in thetas.enumerated() {
      let likelihoods = Likelihoods([values, masses[index]])
      let chosen = try weight ?? min(likelihoods.weights().weights[1], 0.99)
      let loss = likelihoods.lossAndShares([1 - chosen, chosen]).loss
      if loss < best?.loss ?? .infinity {
        best = (loss, CacheOptions(size: options.size, theta: theta, weight: chosen))
      }
    }
    guard let best else { throw MixtureError.notFinite }
    return best.options
  }
}
