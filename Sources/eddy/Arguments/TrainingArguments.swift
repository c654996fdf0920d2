import ArgumentParser
import EddyLM
import EddyNN
import SystemPackage

/// What is trained and how; what is not given is chosen for the text (`eddy plan --json` shows it).
struct TrainingArguments: ParsableArguments {
  @OptionGroup(title: "Network") var network: NetworkArguments
  @OptionGroup(title: "Length") var length: LengthArguments
  @OptionGroup(title: "Optimiser") var optimiser: OptimiserArguments
  @OptionGroup(title: "Regularisation") var regularisation: RegularisationArguments

  @Option(
    help: """
      Takes the options that a model was trained with, for all that is not given but those of the text and its tokens: \
      with the same of these, the same model comes out, byte for byte.
      """)
  var like: String?

  @Option(
    help:
      "The same text, options and seed give the same model, byte for byte (not with --minutes, which looks at the clock). Default: 0."
  )
  var seed: UInt64?

  var model: ModelKind { network.model ?? .lstm }

  func validate() throws {
    guard like == nil || length.minutes == nil else {
      throw ValidationError("--minutes chooses options: no --like beside it.")
    }
    if like == nil {
      try refuseForeign(to: model)
      guard regularisation.variational != true || regularisation.dropout != nil || !model.hasContext
      else { throw ValidationError("--variational needs --dropout for --model \(model.rawValue).") }
    }
    guard regularisation.labelSmoothing ?? 0 == 0 || optimiser.gradientThinning ?? 0 == 0,
      regularisation.labelSmoothing ?? 0 == 0 || optimiser.negativeSamples ?? 0 == 0
    else {
      throw ValidationError(
        "--label-smoothing needs the whole softmax gradient: no --gradient-thinning or --negative-samples beside it."
      )
    }
    guard model == .kneserNey else { return }
    try refuse(
      for: .kneserNey,
      [
        ("--hidden", network.hidden != nil), ("--embedding", network.embedding != nil),
        ("--layers", network.layers != nil), ("--initial-range", network.initialRange != nil),
        ("--batch", length.batch != nil), ("--window", length.window != nil),
        ("--variational", regularisation.variational == true),
        ("--optimiser", optimiser.optimiser != nil), ("--precision", optimiser.precision != nil),
        ("--on-divergence", optimiser.onDivergence != nil),
        ("--random-windows", length.randomWindows != nil), ("--minutes", length.minutes != nil),
        ("--epochs", length.epochs != nil), ("--updates", length.updates != nil),
        ("--validate-every", length.validateEvery != nil), ("--patience", length.patience != nil),
        ("--rate", optimiser.rate != nil), ("--schedule", optimiser.schedule != nil),
        ("--clip", optimiser.clip != nil), ("--averaging", optimiser.averaging != nil),
        ("--gradient-thinning", optimiser.gradientThinning != nil),
        ("--warm-up", optimiser.warmUp != nil), ("--weight-decay", optimiser.weightDecay != nil),
        ("--dropout", regularisation.dropout != nil),
        ("--embedding-dropout", regularisation.embeddingDropout != nil),
        ("--recurrent-dropout", regularisation.recurrentDropout != nil),
        ("--label-smoothing", regularisation.labelSmoothing != nil), ("--like", like != nil),
      ])
  }

  /// Refuses what is for other kinds of models.
  private func refuseForeign(to model: ModelKind) throws {
    try refuse(
      for: model,
      [
        ("--order", network.order != nil && model != .kneserNey),
        ("--context", network.context != nil && !model.hasContext),
        ("--layers", network.layers != nil && model.hasContext),
        ("--tied", network.tied == true && (model.hasContext || model == .kneserNey)),
        ("--hidden", network.hidden != nil && model.averagesContext),
        ("--recurrent-dropout", regularisation.recurrentDropout != nil && model.hasContext),
        ("--negative-samples", optimiser.negativeSamples != nil && model != .cbow),
      ])
  }

  private func refuse(for model: ModelKind, _ options: [(String, Bool)]) throws {
    for case (let name, true) in options {
      throw ValidationError("\(name) is not for --model \(model.rawValue).")
    }
  }

  /// The options, those that were not given chosen for the text, or taken from another model.
  ///
  /// - Throws: What reading that model throws.
  func options(tokens: Int, vocabulary: Int) throws -> TrainingOptions {
    var options: TrainingOptions
    if let like {
      options = try ModelFile.trainingOptions(of: FilePath(like))
      guard network.model ?? options.model == options.model else {
        throw ValidationError(
          "--like \(like) is for --model \(options.model.rawValue), not \(model.rawValue).")
      }
      guard
        optimiser.weightDecay == nil || optimiser.optimiser == .adamw || options.optimiser != .sgd
      else {
        throw ValidationError(
          "--weight-decay is for --optimiser adamw; --like \(like) was trained with sgd.")
      }
      try refuseForeign(to: options.model)
    } else {
      options = .suited(
        to: model, tokens: tokens, vocabulary: vocabulary, hidden: network.hidden,
        epochs: length.epochs.map { Double($0) })
    }
    apply(to: &options, tokens: tokens)
    guard options.labelSmoothing == 0 || optimiser.gradientThinning ?? 0 == 0 else {
      throw ValidationError("--gradient-thinning is not for a model with smoothed labels.")
    }
    return options
  }

  /// Options for a training that ends in so many seconds.
  ///
  /// - Returns: With the speed that was measured.
  func plan(
    _ texts: TrainingTexts, seconds: Double, team: ThreadTeam
  ) throws -> TrainingPlan {
    try TimedOptions(
      model, hidden: network.hidden, texts: texts, seconds: seconds, team: team
    ) { apply(to: &$0, tokens: texts.training.count) }.plan()
  }

  private func apply(to options: inout TrainingOptions, tokens: Int) {
    network.apply(to: &options)
    length.apply(to: &options)
    optimiser.apply(to: &options)
    regularisation.apply(to: &options)
    if length.batch == nil, like == nil { options = options.fitted(tokens: tokens) }
    if let seed { options.seed = seed }
  }
}
