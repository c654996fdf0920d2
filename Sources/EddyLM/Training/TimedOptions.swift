public import EddyNN

/// Options for a recurrent or a context network that is trained for so many seconds.
///
/// The larger a network is, the more it must read before it is better than a smaller one: about so many tokens as its hidden units
/// squared, times thirteen. What suits a size was found on texts of several kinds: `docs/results/defaults.md`.
public struct TimedOptions {
  /// The sizes that are tried, the smallest first.
  private static let hiddenSizes = [64, 100, 150, 200, 300, 400, 512, 650, 800, 1000, 1250, 1500]
  /// Of the time, the share that each measurement may take.
  private static let measuredShare = 0.005
  /// How often the whole text is validated on, at least, and the share of the time that this may take.
  private static let validations = 10
  private static let validationShare = 0.04

  private let texts: TrainingTexts
  private let model: ModelKind
  private let hidden: Int?
  private let seconds: Double
  private let team: ThreadTeam
  private let change: (inout TrainingOptions) -> Void

  /// - Parameters:
  ///   - model: A network.
  ///   - hidden: The hidden units, if they are not to be chosen.
  ///   - seconds: What there is for the training.
  ///   - change: Sets what was asked for, and is not to be chosen.
  public init(
    _ model: ModelKind, hidden: Int? = nil, texts: TrainingTexts, seconds: Double,
    team: ThreadTeam, change: @escaping (inout TrainingOptions) -> Void
  ) {
    self.model = model
    self.hidden = hidden
    self.texts = texts
    self.seconds = seconds
    self.team = team
    self.change = change
  }

  /// The largest network that reads enough in the time, and what suits it.
  ///
  /// - Returns: The options, and the speed that was measured with them.
  /// - Throws: ``TrainingError`` if the text is too short, or an option out of its range.
  public func plan() throws(TrainingError) -> TrainingPlan {
    var best: TrainingPlan?
    for hidden in hidden.map({ [$0] }) ?? Self.hiddenSizes {
      let options = options(hidden: hidden, tokensRead: 0)
      // What is not to be chosen is measured once.
      if let best, options.sizes == best.options.sizes { break }
      let plan: TrainingPlan
      do {
        plan = try TrainingPlan(
          texts: texts, options: options, team: team,
          seconds: min(1, seconds * Self.measuredShare))
      } catch .tooLarge where best != nil {
        break
      }
      guard best == nil || tokensRead(plan) >= 13 * Double(hidden * hidden) else { break }
      best = plan
    }
    guard let best else { preconditionFailure("There are sizes.") }
    return best.with(
      options(hidden: best.options.sizes.hidden, tokensRead: tokensRead(best)))
  }

  /// How many tokens are read in the time, at the speed that was measured.
  private func tokensRead(_ plan: TrainingPlan) -> Double {
    plan.tokensPerSecond * seconds * (1 - Self.validationShare)
  }

  private func options(hidden: Int, tokensRead: Double) -> TrainingOptions {
    let tokens = texts.training.count
    var options = TrainingOptions.suited(
      to: model, tokens: tokens, vocabulary: texts.codec.vocabulary.count, hidden: hidden,
      epochs: tokensRead / Double(tokens))
    options.patience = nil
    options.schedule = .oneCycle
    change(&options)
    let updates = max(1, Int(tokensRead / Double(options.tokensPerUpdate)))
    options.maximumUpdates = updates
    if options.validateEvery == nil {
      let perValidation = options.updatesPerValidation(tokens: texts.validation.count)
      let affordable = Int(Double(updates) * Self.validationShare / max(perValidation, 1e-9))
      let count = min(max(affordable, 1), Self.validations)
      options.validateEvery = max(1, (updates + count - 1) / count)
    }
    return options
  }
}
