public import EddyNN

/// Trains a network on a text, window by window.
///
/// All that training hands from one update to the next is one value, ``state``: a trainer made from a
/// copy of it, or from what was saved, goes on to the same bits.
public struct Trainer<Network: LanguageNetwork, Tokens: TokenSource>: ~Copyable {
  /// Everything that changes while training.
  public private(set) var state: TrainerState<Network>
  /// What was asked for, and how many updates were decided on since.
  public private(set) var options: TrainingOptions
  /// How the text is cut.
  public let windows: Windows

  private let tokens: Tokens
  private let team: ThreadTeam
  private let space: TrainingSpace<Network>
  /// Steps read of each stream.
  private var steps: Int
  private var inputs: [Int] = []
  private var targets: [Int] = []

  /// Goes on from `state`.
  ///
  /// - Precondition: the text has at least `B·T + 1` tokens.
  public init(
    state: TrainerState<Network>, tokens: Tokens, options: TrainingOptions, team: ThreadTeam
  ) {
    self.state = state
    self.options = options
    self.tokens = tokens
    self.team = team
    windows = Windows(
      tokenCount: tokens.count, batchSize: options.batchSize, length: options.windowLength,
      randomSeed: options.hasRandomWindows ? options.seed : nil)
    space = TrainingSpace(state.network, options: options, team: team)
    steps = windows.steps(before: state.updates)
  }

  /// The number of updates of the whole training.
  public var totalUpdates: Int { options.pace.changes.last?.total ?? plannedUpdates }

  /// That before the first change of the pace.
  private var plannedUpdates: Int {
    min(options.epochs * windows.perEpoch, options.maximumUpdates ?? .max)
  }

  /// Ends after another number of updates; what is left of the schedule is spread over them.
  ///
  /// - Precondition: it is more than have been made.
  public mutating func changePace(to total: Int) {
    options.pace.change(after: state.updates, to: total)
  }

  /// Goes on with another full learning rate.
  mutating func changeRate(to rate: Float) { options.learningRate = rate }

  /// The epochs finished.
  public var epoch: Int { state.updates / windows.perEpoch }

  /// The learning rate of the next update.
  public var learningRate: Float {
    let share = options.schedule.share(
      progress: options.pace.progress(after: state.updates, planned: plannedUpdates),
      epoch: epoch, setbacks: state.setbacks)
    var rate = Double(options.learningRate) * share
    // A window of half the length has a mean over half the tokens.
    rate *= Double(windows.length(of: state.updates)) / Double(windows.length)
    if state.updates < options.warmUp {
      rate *= Double(state.updates + 1) / Double(options.warmUp)
    }
    for _ in 0..<state.halvings { rate /= 2 }
    return Float(rate)
  }

  /// Makes one update on the next window.
  ///
  /// - Throws: ``TrainingError/diverged(update:loss:gradientNorm:)``; the state is then what it was.
  public mutating func update() throws(TrainingError) -> UpdateReport {
    windows.read(
      state.updates, from: steps, of: tokens, lookahead: Network.lookahead(options.sizes),
      inputs: &inputs, targets: &targets)
    let rate = learningRate
    let result = space.update(
      &state.network, optimiser: &state.optimiser, state: &state.streams, inputs: inputs,
      targets: targets,
      step: .init(
        number: state.updates, optimiser: options.optimiser, rate: rate, clip: options.clip),
      team: team)
    guard result.loss.isFinite, result.gradientNorm.isFinite else {
      throw .diverged(
        update: state.updates + 1, loss: result.loss, gradientNorm: result.gradientNorm)
    }
    state.updates += 1
    steps += inputs.count / options.batchSize
    state.average?.add(state.network, team: team)
    return UpdateReport(
      update: state.updates, loss: result.loss, gradientNorm: result.gradientNorm,
      learningRate: rate)
  }

  /// Takes note of a validation of ``TrainerState/result``; see ``TrainerState/validated(_:averagingPatience:)``.
  public mutating func validated(_ evaluation: Evaluation) -> Bool {
    state.validated(evaluation, averagingPatience: options.averagingPatience)
  }

  /// The gradients of the last update, before clipping.
  package var gradients: Network { space.gradients }

  /// Bytes of what one update keeps for the way back: they grow with `T·B`, and not with the text.
  public var activationBytes: Int { space.activationBytes }

  /// Bytes of packed weights.
  package var panelBytes: Int { space.panelBytes }
}

/// What one update did.
public struct UpdateReport: Sendable, Equatable {
  /// Counted from 1.
  public let update: Int
  /// The mean negative log-probability of the window's tokens, in nats, before the update.
  public let loss: Double
  /// The norm of all gradients, before clipping.
  public let gradientNorm: Double
  /// The rate that was applied.
  public let learningRate: Float
}

/// Why training could not go on.
public enum TrainingError: Error, Equatable {
  /// The loss or a gradient is not finite.
  case diverged(update: Int, loss: Double, gradientNorm: Double)
  /// An option is out of its range.
  case option(String, needed: String)
  /// The text is too short for the windows.
  case tooFewTokens(found: Int, needed: Int, batchSize: Int, windowLength: Int)
  /// The network and its gradients do not fit into the memory of this machine.
  case tooLarge(bytes: Double, available: UInt64)
}

extension TrainingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .diverged(let update, let loss, let norm):
      "Training diverged at update \(update): loss \(Self.words(loss)), gradient norm "
        + "\(Self.words(norm)). The best model so far, if there is one, is kept. A lower learning "
        + "rate or clip may help; 'eddy resume' with '--on-divergence halve' goes on from that "
        + "model at half the rate."
    case .option(let field, let needed): "'\(field)' must be \(needed)."
    case .tooFewTokens(let found, let needed, let batchSize, let windowLength):
      "The training text has \(found) tokens; a batch of \(batchSize) and a window of "
        + "\(windowLength) need at least \(needed)."
    case .tooLarge(let bytes, let available):
      "The training needs at least \((bytes / 0x1p30).fixed(1)) GiB of memory; there are "
        + "\((Double(available) / 0x1p30).fixed(1)) GiB."
    }
  }

  /// A number; NaN without its sign.
  private static func words(_ number: Double) -> String { number.isNaN ? "NaN" : "\(number)" }
}
