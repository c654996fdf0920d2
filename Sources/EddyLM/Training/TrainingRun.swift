import EddyFiles
public import EddyNN
public import SystemPackage

/// Trains a model into a run folder: updates, validations, the best model kept, a checkpoint, a log.
///
/// Whatever ends the program, ``init(resuming:onDivergence:team:)`` goes on to the same bits as a training
/// that was never interrupted; one that is to end on time looks at the clock, and goes on to as good an end.
public struct TrainingRun: Sendable {
  public let options: TrainingOptions
  public let texts: TrainingTexts
  private let folder: RunFolder
  private let team: ThreadTeam
  private let start: Start
  /// When the training is to be over, if it is to end on time.
  private let deadline: ContinuousClock.Instant?

  /// Where a training begins.
  private enum Start {
    case seed
    case network(any LanguageNetwork)
    case checkpoint(OpenCheckpoint)
  }

  /// A training that begins.
  ///
  /// - Parameters:
  ///   - texts: The tokens to learn from and to validate on, prepared in the folder's staging.
  ///   - network: The network whose weights it begins with; random ones without. Words of the texts that it
  ///     does not have begin as its unknown word.
  ///   - deadline: When the training is to be over: it then decides as it runs how many updates there are
  ///     (``TrainingOptions/pace``), so that the last validation ends then, with the schedule at its end.
  /// - Throws: ``TrainingError``, and `FileError` if the folder cannot be written to.
  /// - Precondition: the network has the kind and the sizes of the options, and the first words of the
  ///   texts' vocabulary.
  public init(
    texts: TrainingTexts, options: TrainingOptions, from network: (any LanguageNetwork)? = nil,
    deadline: ContinuousClock.Instant? = nil, folder: RunFolder, team: ThreadTeam
  ) throws {
    try options.check(tokens: texts.training.count, vocabulary: texts.codec.vocabulary.count)
    self.texts = texts
    self.options = options
    self.folder = folder
    self.team = team
    start = network.map { .network($0) } ?? .seed
    self.deadline = deadline
  }

  /// A training that goes on where its last checkpoint was written.
  ///
  /// - Parameter onDivergence: In place of what the training began with, if given.
  /// - Throws: `FileError` if the folder holds no checkpoint or a damaged one; ``TrainingError``.
  public init(
    resuming folder: RunFolder, onDivergence: DivergenceResponse? = nil, team: ThreadTeam
  ) throws {
    guard RunFolder.exists(folder.checkpoint) else {
      throw FileError(
        path: folder.path,
        reason: "This folder holds no checkpoint.safetensors: no training here can go on.")
    }
    let checkpoint = try OpenCheckpoint(folder.checkpoint)
    texts = try checkpoint.texts(in: folder.path)
    var options = checkpoint.options
    if let onDivergence { options.onDivergence = onDivergence }
    try options.check(tokens: texts.training.count, vocabulary: texts.codec.vocabulary.count)
    self.options = options
    self.folder = folder
    self.team = team
    start = .checkpoint(checkpoint)
    deadline = try checkpoint.secondsLeft().map { ContinuousClock().now + .seconds($0) }
  }

  /// The file of the best model so far.
  public var modelPath: FilePath { folder.model }

  /// Trains to the end, or until told to stop.
  ///
  /// - Parameters:
  ///   - checkpointEvery: The least time between two checkpoints, which are written beside the training.
  ///     One more is written at the end, and when told to stop.
  ///   - shouldStop: Asked before each update.
  ///   - report: Told what happens, as it happens.
  /// - Returns: What came out; the model is in ``modelPath``.
  /// - Throws: ``TrainingError/diverged(update:loss:gradientNorm:)`` (the best model so far is
  ///   kept, or the last good one),
  ///   ``FileError``. The last checkpoint stays.
  public func run(
    checkpointEvery: Duration = .seconds(60), shouldStop: () -> Bool = { false },
    report: (TrainingEvent) -> Void
  ) throws -> TrainingSummary {
    try run(
      options.network, checkpointEvery: checkpointEvery, shouldStop: shouldStop, report: report)
  }

  private func run<Network: LanguageNetwork>(
    _ kind: Network.Type, checkpointEvery: Duration, shouldStop: () -> Bool,
    report: (TrainingEvent) -> Void
  ) throws -> TrainingSummary {
    let surroundings = TrainingLoop<Network>.Surroundings(
      texts: texts, options: options, folder: folder, team: team,
      checkpointEvery: checkpointEvery, deadline: deadline)
    var loop: TrainingLoop<Network>
    switch start {
    case .seed:
      try folder.begin()
      loop = try .begin(surroundings.initialState, in: surroundings)
    case .network(let network):
      guard let network = network as? Network else {
        preconditionFailure("A training of \(Network.kind) needs a network of that kind.")
      }
      let vocabulary = texts.codec.vocabulary
      let grown = network.grown(
        to: vocabulary.count, unknown: vocabulary.unknown ?? vocabulary.endOfSentence)
      var state = TrainerState(network: grown, options: options)
      state.awaitsValidation = true
      try folder.begin()
      loop = try .begin(state, in: surroundings)
    case .checkpoint(let checkpoint):
      loop = try .resume(checkpoint.read(kind), in: surroundings)
      report(.resumed(updates: loop.progress.updates, of: loop.progress.total))
    }
    return try loop.run(shouldStop: shouldStop, report: report)
  }
}
