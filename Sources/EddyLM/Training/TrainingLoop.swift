import EddyFiles
import EddyNN

/// A training as it runs: its trainer, its log, and the checkpoints that are written beside it.
struct TrainingLoop<Network: LanguageNetwork>: ~Copyable {
  /// What a training works with and does not change.
  struct Surroundings {
    let texts: TrainingTexts
    let options: TrainingOptions
    let folder: RunFolder
    let team: ThreadTeam
    let checkpointEvery: Duration
    /// When the training is to be over, if it is to end on time.
    let deadline: ContinuousClock.Instant?

    /// The state that the seed gives.
    var initialState: TrainerState<Network> {
      TrainerState(
        network: Network(vocabulary: texts.codec.vocabulary, options: options), options: options)
    }

    func trainer(
      _ state: TrainerState<Network>, options: TrainingOptions
    ) -> Trainer<Network, Corpus> {
      Trainer(state: state, tokens: texts.training, options: options, team: team)
    }
  }

  private let surroundings: Surroundings
  private var trainer: Trainer<Network, Corpus>
  private var log: AppendingLog
  private let writer = BackgroundWriter()
  private let clock = ContinuousClock()
  private var lastCheckpoint: ContinuousClock.Instant
  private var last: UpdateReport?
  private var timekeeper: Timekeeper?

  /// A training that begins in an empty log, with a checkpoint.
  static func begin(
    _ state: TrainerState<Network>, in surroundings: Surroundings
  ) throws -> TrainingLoop {
    var loop = TrainingLoop(
      state, in: surroundings,
      log: try AppendingLog(path: surroundings.folder.log, keeping: 0))
    try loop.log.append(.object(["event": "start", "options": surroundings.options.json]))
    try loop.writeCheckpoint()
    return loop
  }

  /// A training that goes on.
  static func resume(
    _ checkpoint: Checkpoint<Network>, in surroundings: Surroundings
  ) throws -> TrainingLoop {
    TrainingLoop(
      checkpoint.state, in: surroundings,
      log: try AppendingLog(path: surroundings.folder.log, keeping: checkpoint.logLength))
  }

  private init(
    _ state: TrainerState<Network>, in surroundings: Surroundings, log: consuming AppendingLog
  ) {
    self.surroundings = surroundings
    self.log = log
    trainer = surroundings.trainer(state, options: surroundings.options)
    lastCheckpoint = clock.now
    timekeeper = surroundings.deadline.map { [clock] deadline in
      Timekeeper(
        deadline: deadline, now: clock.now,
        updatesPerValidation: surroundings.options.updatesPerValidation(
          tokens: surroundings.texts.validation.count))
    }
  }

  /// Updates made, and all of them.
  var progress: (updates: Int, total: Int) { (trainer.state.updates, trainer.totalUpdates) }

  // MARK: The loop

  mutating func run(
    shouldStop: () -> Bool, report: (TrainingEvent) -> Void
  ) throws -> TrainingSummary {
    // A program that ends must not cut a write short.
    defer { writer.wait() }
    // Only the last checkpoint of a training that ended says so, and then its log does, too.
    if let ending { return summary(ending) }
    if trainer.state.awaitsValidation {
      try validate(report)
      try writeCheckpoint()
    }
    while true {
      if let ending {
        try recordPace()
        try logEnd(ending)
        try writeCheckpoint()
        return summary(ending)
      }
      if shouldStop() {
        try writeCheckpoint()
        try logEnd(.interrupted)
        // Not a validation of the training: one that was never interrupted has none here.
        if trainer.state.best == nil { return summary(.interrupted, best: try keepModel()) }
        return summary(.interrupted)
      }
      if clock.now - lastCheckpoint >= surroundings.checkpointEvery { try beginCheckpoint() }
      do {
        try step(report)
      } catch let error as TrainingError {
        try recover(from: error, report)
      }
    }
  }

  /// One update, and the validation that may follow it.
  private mutating func step(_ report: (TrainingEvent) -> Void) throws {
    try surroundings.texts.training.tokens.requireWhole()
    let update = try trainer.update()
    last = update
    let interval = surroundings.options.validateEvery ?? trainer.windows.perEpoch
    if update.update < trainer.totalUpdates,
      let total = timekeeper?.updated(
        update.update, of: trainer.totalUpdates, validateEvery: interval, at: clock.now)
    {
      trainer.changePace(to: total)
    }
    report(.updated(update, of: trainer.totalUpdates))
    let logInterval = max(1, min(interval, 1000) / 10)
    if update.update % logInterval == 0 { try log.append(update.json) }
    if update.update % interval == 0 || update.update == trainer.totalUpdates {
      try validate(report)
    }
  }

  /// Why there is nothing left to do; nil while there is.
  private var ending: TrainingSummary.Ending? {
    if trainer.state.updates >= trainer.totalUpdates { return .finished }
    let patience = surroundings.options.patience ?? .max
    return trainer.state.setbacksInARow >= patience ? .stoppedEarly : nil
  }

  private func summary(
    _ ending: TrainingSummary.Ending, best: Evaluation? = nil
  ) -> TrainingSummary {
    TrainingSummary(
      ending: ending, updates: trainer.state.updates, best: best ?? trainer.state.best)
  }

  private mutating func logEnd(_ ending: TrainingSummary.Ending) throws {
    try log.append(.object(["event": "end", "reason": .string(ending.rawValue)]))
  }

  // MARK: Validation

  /// Validates, and keeps the model if it is the best so far.
  private mutating func validate(_ report: (TrainingEvent) -> Void) throws {
    let start = clock.now
    defer { timekeeper?.validated(from: start, to: clock.now) }
    let evaluation = try evaluate()
    let isBest = trainer.validated(evaluation)
    if isBest { try write(evaluation) }
    report(
      .validated(
        evaluation, updates: trainer.state.updates, epochs: trainer.epoch, isBest: isBest))
    try log.append(
      .object([
        "event": "validation", "update": .integer(Int64(trainer.state.updates)),
        "perplexity": .number(evaluation.perplexity), "best": .bool(isBest),
      ]))
    // A training that ends on time is not the same again: its checkpoint must know the model that it keeps.
    if isBest, timekeeper != nil { try writeCheckpoint() }
  }

  /// Keeps the model as it is, for want of a better one.
  private func keepModel() throws -> Evaluation {
    let evaluation = try evaluate()
    try write(evaluation)
    return evaluation
  }

  private func evaluate() throws -> Evaluation {
    let (texts, team) = (surroundings.texts, surroundings.team)
    let evaluation = try trainer.state.result.evaluate(
      texts.validation, size: texts.validation.statistics.size, codec: texts.codec, team: team)
    // An update can be finite and still leave weights that are of no use.
    guard evaluation.perplexity.isFinite else {
      throw TrainingError.diverged(
        update: trainer.state.updates, loss: evaluation.lossPerToken,
        gradientNorm: last?.gradientNorm ?? 0)
    }
    return evaluation
  }

  private func write(_ evaluation: Evaluation) throws {
    try write(trainer.state.result, updates: trainer.state.updates, evaluation)
  }

  private func write(_ network: Network, updates: Int, _ evaluation: Evaluation) throws {
    try ModelFile.write(
      network, codec: surroundings.texts.codec, options: trainer.options, updates: updates,
      validation: evaluation, to: surroundings.folder.model)
  }

  /// Tells the model that is kept how the pace changed after it, so that its options repeat the whole training.
  private func recordPace() throws {
    guard timekeeper != nil, let best = trainer.state.best,
      let change = trainer.options.pace.changes.last
    else { return }
    let kept = try bestModel()
    if change.updates > kept.updates { try write(kept.network, updates: kept.updates, best) }
  }

  // MARK: Checkpoints

  /// Writes a checkpoint, and waits for it.
  private mutating func writeCheckpoint() throws {
    try writer.finish()
    try checkpointWrite()()
    lastCheckpoint = clock.now
  }

  /// Starts to write a checkpoint, unless one is being written.
  private mutating func beginCheckpoint() throws {
    if try writer.begin(checkpointWrite()) { lastCheckpoint = clock.now }
  }

  private func checkpointWrite() -> @Sendable () throws -> Void {
    let checkpoint = Checkpoint(
      state: trainer.state, logLength: log.length,
      secondsLeft: timekeeper.map { max($0.remaining(at: clock.now) / .seconds(1), 0) })
    let (texts, options, folder) = (surroundings.texts, trainer.options, surroundings.folder)
    return {
      // No checkpoint may name more of the log than a power cut would leave.
      try AppendingLog.synchronize(folder.log)
      try checkpoint.write(texts: texts, options: options, to: folder.checkpoint)
    }
  }

  // MARK: Divergence

  /// Goes on from the best model at half the learning rate, or throws `error`.
  private mutating func recover(
    from error: TrainingError, _ report: (TrainingEvent) -> Void
  ) throws {
    try log.append(error.json)
    let state = trainer.state
    guard surroundings.options.onDivergence == .halve,
      state.halvings < DivergenceResponse.halvingLimit
    else {
      // The weights are those before the update: better than nothing, if there is no model yet.
      if state.best == nil, last != nil { _ = try? keepModel() }
      throw error
    }
    var restored = state.best == nil ? surroundings.initialState : try bestState()
    restored.best = state.best
    restored.setbacks = state.setbacks
    restored.halvings = state.halvings + 1
    var options = trainer.options
    options.pace.rollBack(to: restored.updates)
    trainer = surroundings.trainer(restored, options: options)
    report(.rolledBack(error, updates: restored.updates, learningRate: trainer.learningRate))
    // Before a better model takes the place of the one that was read: a training that is resumed must
    // not come back here.
    try writeCheckpoint()
  }

  /// The weights of the best model, and what else begins anew with them.
  private func bestState() throws -> TrainerState<Network> {
    let best = try bestModel()
    var state = TrainerState(network: best.network, options: surroundings.options)
    state.updates = best.updates
    return state
  }

  /// The best model, which is in its file, and the updates it took.
  private func bestModel() throws -> (network: Network, updates: Int) {
    let file = try OpenModelFile(surroundings.folder.model)
    let (network, codec): (Network, TextCodec) = try file.read()
    guard codec == surroundings.texts.codec, network.sizes == surroundings.options.sizes,
      let updates = file.configuration.training["updates"]?.integer
    else {
      throw FileError(path: file.path, reason: "This is not the best model of this training.")
    }
    return (network, Int(updates))
  }
}
