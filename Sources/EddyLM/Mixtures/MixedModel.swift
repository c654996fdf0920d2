public import EddyNN

/// A language model that is several: P(w | history) = Σ λᵢ·Pᵢ(w | history).
///
/// Models that are wrong about different things are together better than each: an n-gram knows rare phrases, a network what is
/// alike.
///
/// Source: Jelinek & Mercer, «Interpolated estimation of Markov source parameters from sparse data», 1980.
public struct MixedModel: LanguageModel {
  public let models: [any LanguageModel]
  /// `λ`, which add up to 1.
  public let weights: [Double]

  /// - Precondition: there is at least one model; all have the same codec; there is a weight for each, none is negative, and
  ///   they add up to 1.
  public init(_ models: [any LanguageModel], weights: [Double]) {
    let sum = weights.reduce(0, +)
    precondition(
      !models.isEmpty && models.count == weights.count && abs(sum - 1) < 1e-6
        && weights.allSatisfy { $0 >= 0 },
      "\(models.count) models need as many weights with the sum 1, found \(weights).")
    precondition(
      models.allSatisfy { $0.codec == models[0].codec }, "Models of a mixture share their words.")
    self.models = models
    self.weights = weights
  }

  public var codec: TextCodec { models[0].codec }

  public func initialState(batchSize: Int) -> MixedState {
    MixedState(parts: models.map { $0.initialState(batchSize: batchSize) })
  }

  public func advance(_ tokens: [Int], state: inout MixedState, team: ThreadTeam) -> Matrix {
    func advance<Model: LanguageModel>(_ model: Model, _ index: Int) -> Matrix {
      var own: Model.State = state.part(index)
      defer { state.parts[index] = own }
      return model.advance(tokens, state: &own, team: team)
    }
    var parts: [[Float]] = []
    for (index, model) in models.enumerated() { parts.append(advance(model, index).elements) }
    return Matrix(
      rows: tokens.count, columns: codec.vocabulary.count, elements: mixed(parts))
  }

  public func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout MixedState,
    keeping rows: [Int], team: ThreadTeam
  ) -> [Float] {
    func read<Model: LanguageModel>(_ model: Model, _ index: Int) -> [Float] {
      var own: Model.State = state.part(index)
      defer { state.parts[index] = own }
      return model.logProbabilities(
        of: continuations, after: inputs, state: &own, keeping: rows, team: team)
    }
    var parts: [[Float]] = []
    for (index, model) in models.enumerated() { parts.append(read(model, index)) }
    return mixed(parts)
  }

  /// log Σ λ·exp of what each model says, in double precision.
  private func mixed(_ parts: [[Float]]) -> [Float] {
    let counted = weights.indices.filter { weights[$0] > 0 }
    return parts[0].indices.map { index in
      let largest = counted.reduce(-Float.infinity) { max($0, parts[$1][index]) }
      guard largest > -.infinity else { return largest }
      let sum = counted.reduce(0.0) { sum, model in
        sum + weights[model] * PortableMath.exp(Double(parts[model][index] - largest))
      }
      return Float(Double(largest) + PortableMath.log(sum))
    }
  }
}
