import EddyFiles
public import EddyNN
public import SystemPackage

/// Trains a model into a run folder: updates, validations, the best model kept, a log.
///
/// The folder holds `model.safetensors` (the best so far) and `log.jsonl`.
public struct TrainingRun: Sendable {
  private let texts: TrainingTexts
  private let options: TrainingOptions
  private let folder: FilePath
  private let team: ThreadTeam

  /// - Parameters:
  ///   - texts: The tokens to learn from and to validate on.
  ///   - folder: The run folder, which exists.
  /// - Throws: ``TrainingError/tooFewTokens(found:needed:batchSize:windowLength:)``
  public init(
    texts: TrainingTexts, options: TrainingOptions, folder: FilePath, team: ThreadTeam
  ) throws(TrainingError) {
    try options.check(
      tokens: texts.training.count, vocabulary: texts.codec.vocabulary.count)
    self.texts = texts
    self.options = options
    self.folder = folder
    self.team = team
  }

  /// The file of the best model so far.
  public var modelPath: FilePath { folder.appending("model.safetensors") }

  /// Trains to the end, or until told to stop.
  ///
  /// - Parameters:
  ///   - shouldStop: Asked after each update.
  ///   - report: Told what happens, as it happens.
  /// - Returns: What came out; the model is in ``modelPath``.
  /// - Throws: ``TrainingError/diverged(update:loss:gradientNorm:)`` (the best model so far is
  ///   kept, or the last good one),
  ///   ``FileError``.
  public func run(
    shouldStop: () -> Bool = { false }, report: (TrainingEvent) -> Void
  ) throws -> TrainingSummary {
    try run(options.model.cell, shouldStop: shouldStop, report: report)
  }

  private func run<Cell: RecurrentCell>(
    _: Cell.Type, shouldStop: () -> Bool, report: (TrainingEvent) -> Void
  ) throws -> TrainingSummary {
    let network = RecurrentNetwork<Cell>(
      vocabularySize: texts.codec.vocabulary.count, sizes: options.sizes,
      range: options.initialRange, seed: options.seed)
    var trainer = Trainer(
      state: TrainerState(network: network, options: options), tokens: texts.training,
      options: options, team: team)
    var log = try AppendingLog(path: folder.appending("log.jsonl"), keeping: 0)
    try log.append(.object(["event": "start", "options": options.json]))
    var best: Evaluation?
    var ending = TrainingSummary.Ending.finished
    var last: UpdateReport?
    let interval = options.validateEvery ?? trainer.windows.perEpoch
    let logInterval = max(1, min(interval, 1000) / 10)

    func validate() throws {
      let evaluation = try evaluate(trainer.state.network)
      let loss = -evaluation.logProbability / Double(evaluation.tokens)
      // An update can be finite and still leave weights that are of no use.
      guard evaluation.perplexity.isFinite else {
        throw TrainingError.diverged(
          update: trainer.state.updates, loss: loss, gradientNorm: last?.gradientNorm ?? 0)
      }
      let isBest = trainer.validated(loss: loss)
      if isBest {
        best = evaluation
        try ModelFile.write(
          trainer.state.network, codec: texts.codec, options: options,
          updates: trainer.state.updates, validation: evaluation, to: modelPath)
      }
      report(
        .validated(
          evaluation, updates: trainer.state.updates, epochs: trainer.epoch, isBest: isBest))
      try log.append(
        .object([
          "event": "validation", "update": .integer(Int64(trainer.state.updates)),
          "perplexity": .number(evaluation.perplexity), "best": .bool(isBest),
        ]))
    }

    do {
      while trainer.state.updates < trainer.totalUpdates {
        let update = try trainer.update()
        last = update
        report(.updated(update, of: trainer.totalUpdates))
        if update.update % logInterval == 0 { try log.append(update.json) }
        let stop = shouldStop()
        let isLast = trainer.state.updates == trainer.totalUpdates
        if update.update % interval == 0 || isLast || (stop && best == nil) { try validate() }
        if let patience = options.patience, trainer.state.setbacksInARow >= patience, !isLast {
          ending = .stoppedEarly
          break
        }
        if stop {
          ending = .interrupted
          break
        }
      }
    } catch let error as TrainingError {
      try log.append(error.json)
      // The weights are those before the update: better than nothing, if there is no model yet.
      if best == nil, last != nil { try? validate() }
      throw error
    }
    try log.append(.object(["event": "end", "reason": .string(ending.rawValue)]))
    return TrainingSummary(
      ending: ending, updates: trainer.state.updates, lastUpdate: last, best: best)
  }

  private func evaluate<Cell: RecurrentCell>(
    _ network: RecurrentNetwork<Cell>
  ) throws -> Evaluation {
    let model = RecurrentModel(codec: texts.codec, network: network, team: team)
    return try Evaluator(model, team: team).evaluate(
      texts.validation, size: texts.validation.statistics.size)
  }
}

/// What happens while a model is trained.
public enum TrainingEvent: Sendable {
  /// One more update, of so many.
  case updated(UpdateReport, of: Int)
  /// A validation after so many updates and whole epochs, and whether it was the best so far; then the
  /// model was saved.
  case validated(Evaluation, updates: Int, epochs: Int, isBest: Bool)
}

/// What came out of a training.
public struct TrainingSummary: Sendable {
  /// Why it ended.
  public enum Ending: String, Sendable {
    case finished
    case stoppedEarly = "stopped early"
    case interrupted
  }
  public let ending: Ending
  /// Updates made.
  public let updates: Int
  /// The last of them.
  public let lastUpdate: UpdateReport?
  /// The validation of the model that was kept.
  public let best: Evaluation?
}

extension TrainingError {
  /// One line of the log.
  fileprivate var json: JSON { .object(["event": "diverged", "message": .string(description)]) }
}

extension UpdateReport {
  /// One line of the log.
  var json: JSON {
    .object([
      "event": "update", "update": .integer(Int64(update)), "loss": .number(loss),
      "gradient_norm": .number(gradientNorm), "learning_rate": .float(learningRate),
    ])
  }
}
