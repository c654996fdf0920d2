import EddyNN

extension MixtureTuner {
  /// What a cache counts for by `θ`; those that are tried.
  private static let thetas: [Double] = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2]

  /// Chooses `θ` and `λ` of a model's cache, so that it predicts a text best.
  ///
  /// The model reads the text once, whatever is tried; `λ` is found by expectation and maximisation.
  ///
  /// - Throws: What reading the model or the text throws, ``MixtureError/notFinite``.
  public func chooseCache(
    of member: inout MixtureFile.Member, on text: some TokenSource
  ) throws {
    guard let cache = member.adaptation.cache else { return }
    func parts(_ model: some CachingModel) throws -> CacheChoice {
      try model.choice(on: text, thetas: Self.thetas, team: team)
    }
    guard let model = try MixtureFile.read([member], team: team)[0] as? any CachingModel else {
      return
    }
    let choice = try parts(model)
    member.adaptation.cache = CacheOptions(
      size: cache.size, theta: choice.theta, weight: choice.weight)
  }
}

/// What suits a text best.
struct CacheChoice {
  let theta, weight: Double
}

/// A model with a cache, of whatever base.
protocol CachingModel: LanguageModel {
  func choice(
    on text: some TokenSource, thetas: [Double], team: ThreadTeam
  ) throws -> CacheChoice
}

extension CachedModel: CachingModel {
  func choice(
    on text: some TokenSource, thetas: [Double], team: ThreadTeam
  ) throws -> CacheChoice {
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
    var best: (loss: Double, choice: CacheChoice)?
    for (index, theta) in thetas.enumerated() {
      let (weights, loss) = try Likelihoods([values, masses[index]]).weights()
      if loss < best?.loss ?? .infinity {
        best = (loss, CacheChoice(theta: theta, weight: min(weights[1], 0.99)))
      }
    }
    guard let best else { throw MixtureError.notFinite }
    return best.choice
  }
}
