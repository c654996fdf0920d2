public import EddyNN

/// The whole state of a training: copy it, compare it, save it, go on from it.
public struct TrainerState<Network: LanguageNetwork>: Sendable, Equatable {
  /// The weights.
  public var network: Network
  /// What the optimiser remembers.
  public var optimiser: Optimiser.State
  /// What the network remembers of each of the `B` streams.
  public var streams: Network.State
  /// Updates made; also the next window.
  public var updates = 0
  /// The mean of the weights since averaging began.
  public var average: AverageNetwork<Network>?
  /// With averaging, until it begins: the losses of the last validations that were finite, in nats, and the least of those
  /// before them in front.
  public var validationLosses: [Double] = []
  /// Validations that were not better than the best before.
  public var setbacks = 0
  /// Those of them since the best.
  public var setbacksInARow = 0
  /// The best validation so far.
  public var best: Evaluation?
  /// Whether a validation comes first: what follows must be better than what it begins with to be kept.
  public var awaitsValidation = false
  /// How often the learning rate was halved because the training diverged.
  public var halvings = 0

  /// The state before the first update.
  public init(network: Network, options: TrainingOptions) {
    self.network = network
    optimiser = options.optimiser.initialState(
      for: network.parameters.map { network[keyPath: $0.path] })
    streams = network.initialState(batchSize: options.batchSize)
  }

  /// The network that has been learned: the weights, or their mean once there is one.
  public var result: Network { average?.network ?? network }

  /// Takes note of a validation of ``result``.
  ///
  /// - Parameter averagingPatience: See ``TrainingOptions/averagingPatience``.
  /// - Returns: Whether it is the best so far.
  public mutating func validated(
    _ evaluation: Evaluation, averagingPatience: Int? = nil
  ) -> Bool {
    awaitsValidation = false
    if let averagingPatience, average == nil {
      remember(evaluation.lossPerToken, patience: averagingPatience)
    }
    // A loss that is no number is never the best.
    guard evaluation.lossPerToken < best?.lossPerToken ?? .infinity else {
      setbacks += 1
      setbacksInARow += 1
      return false
    }
    best = evaluation
    setbacksInARow = 0
    return true
  }

  /// Begins to average where a loss is worse than the best of those more than `patience` before it.
  private mutating func remember(_ loss: Double, patience: Int) {
    if let best = validationLosses.dropLast(patience).min(), loss > best {
      average = AverageNetwork(of: network)
      validationLosses = []
    } else if loss.isFinite {
      validationLosses.append(loss)
      if validationLosses.count > patience + 1 {
        let oldest = validationLosses.removeFirst()
        validationLosses[0] = min(validationLosses[0], oldest)
      }
    }
  }
}
