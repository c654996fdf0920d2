public import EddyNN

/// Options for a training that has so much time.
public struct TimedOptions {
  /// The sizes that are tried, the smallest first.
  static let hiddenSizes = [64, 128, 200, 300, 400, 650, 1000, 1500]
  /// Of the time, the share that each measurement may take.
  private static let measuredShare = 0.01

  private let texts: TrainingTexts
  private let model: ModelKind
  private let seconds: Double
  private let team: ThreadTeam
  private let change: (inout TrainingOptions) -> Void

  /// - Parameters:
  ///   - seconds: What there is for the training.
  ///   - change: Sets what was asked for, and is not to be chosen.
  public init(
    _ model: ModelKind, texts: TrainingTexts, seconds: Double, team: ThreadTeam,
    change: @escaping (inout TrainingOptions) -> Void
  ) {
    self.model = model
    self.texts = texts
    self.seconds = seconds
    self.team = team
    self.change = change
  }

  /// The largest network that reads the text often enough in the time, and what suits it.
  ///
  /// - Returns: The options, and the speed that was measured with them.
  /// - Throws: ``TrainingError`` if the text is too short, or an option out of its range.
  public func plan() throws(TrainingError) -> TrainingPlan {
    var best: TrainingPlan?
    for hidden in Self.hiddenSizes {
      let options = options(hidden: hidden, epochs: 8)
      if let best, options.sizes == best.options.sizes { break }
      let plan = try TrainingPlan(
        texts: texts, options: options, team: team,
        seconds: min(0.5, seconds * Self.measuredShare))
      let epochs = epochs(plan)
      if best != nil, epochs < Self.epochsNeeded(hidden, tokens: texts.training.count) { break }
      best = plan
    }
    guard let best else { preconditionFailure("There are sizes.") }
    return best.with(options(hidden: best.options.sizes.hidden, epochs: epochs(best)))
  }

  /// How often the text is read, at the speed that was measured.
  private func epochs(_ plan: TrainingPlan) -> Double {
    plan.tokensPerSecond * seconds / Double(texts.training.count)
  }

  static func epochsNeeded(_ hidden: Int, tokens: Int) -> Double { 4 }

  private func options(hidden: Int, epochs: Double) -> TrainingOptions {
    let tokens = texts.training.count
    var options = TrainingOptions.suited(
      to: model, tokens: tokens, vocabulary: texts.codec.vocabulary.count)
    options.sizes.hidden = hidden
    options.epochs = Int(epochs.rounded(.up))
    options.schedule = .oneCycle
    options.patience = nil
    change(&options)
    let updates = epochs * Double(tokens) / Double(options.batchSize * options.windowLength)
    options.maximumUpdates = max(1, Int(updates))
    return options
  }
}
