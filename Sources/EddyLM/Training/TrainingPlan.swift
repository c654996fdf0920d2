public import EddyFiles
public import EddyNN

/// What a training will take: measured on a few updates with the real sizes, before it starts.
public struct TrainingPlan: Sendable {
  /// The weights of the network.
  public let parameters: Int
  /// Bytes of weights, gradients, optimiser, packed weights and activations.
  public let memory: Int
  /// Of those, the bytes that grow with `T·B`.
  public let activationMemory: Int
  /// Measured.
  public let tokensPerSecond: Double
  /// All updates of the training, and the tokens of each.
  public private(set) var updates: Int
  public let tokensPerUpdate: Int
  /// What was asked for, or chosen.
  public private(set) var options: TrainingOptions

  /// The time that the updates will take; validation adds to it.
  public var seconds: Double { Double(updates * tokensPerUpdate) / tokensPerSecond }

  /// Times updates on copies: nothing of it stays.
  ///
  /// - Parameter seconds: How long to measure; at least two updates are made.
  /// - Throws: ``TrainingError``
  public init(
    texts: TrainingTexts, options: TrainingOptions, team: ThreadTeam, seconds: Double
  ) throws(TrainingError) {
    try options.check(
      tokens: texts.training.count, vocabulary: texts.codec.vocabulary.count)
    self.init(
      options.network, texts: texts, options: options, team: team, seconds: seconds)
  }

  private init<Network: LanguageNetwork>(
    _: Network.Type, texts: TrainingTexts, options: TrainingOptions, team: ThreadTeam,
    seconds: Double
  ) {
    let network = Network(vocabulary: texts.codec.vocabulary, options: options)
    var trainer = Trainer(
      state: TrainerState(network: network, options: options), tokens: texts.training,
      options: options, team: team)
    self.options = options
    parameters = network.parameterCount
    updates = trainer.totalUpdates
    tokensPerUpdate = options.tokensPerUpdate
    // Weights, gradients, and AdamW's two moments.
    let copies = 2 + (options.optimiser == .sgd ? 0 : 2)
    activationMemory = trainer.activationBytes
    memory = 4 * copies * parameters + trainer.panelBytes + activationMemory

    // The first update touches all memory for the first time.
    _ = try? trainer.update()
    let clock = ContinuousClock()
    let start = clock.now
    var measured = 0
    repeat {
      // Updates that diverge take as long; the training itself will say so, at the right one.
      _ = try? trainer.update()
      measured += tokensPerUpdate
    } while (clock.now - start) / .seconds(1) < seconds
    tokensPerSecond = Double(measured) / ((clock.now - start) / .seconds(1))
  }

  /// The same speed with other options.
  func with(_ options: TrainingOptions) -> TrainingPlan {
    var plan = self
    plan.options = options
    plan.updates = options.maximumUpdates ?? updates
    return plan
  }

  /// The plan for a person.
  public var summary: String {
    return """
      Model: \(options.model.rawValue), \(options.sizesInWords): \(parameters) weights, \(memory >> 20) MiB of memory
      Plan: \(options.epochs) epochs, \(updates) updates of \(options.batchSize) × \
      \(options.windowLength) tokens at \(tokensPerSecond.fixed(0)) tokens/s: about \
      \((seconds / 60).fixed(1)) minutes
      """
  }

  /// The plan for a program.
  public var json: JSON {
    .object([
      "options": options.json, "parameters": .integer(Int64(parameters)),
      "memory_bytes": .integer(Int64(memory)),
      "activation_bytes": .integer(Int64(activationMemory)),
      "tokens_per_second": .number(tokensPerSecond), "updates": .integer(Int64(updates)),
      "tokens_per_update": .integer(Int64(tokensPerUpdate)), "seconds": .number(seconds),
    ])
  }
}
