package import EddyNN
import Synchronization

/// Makes the steps of models that learn from what they read.
package final class Learner<Cell: RecurrentCell>: Sendable {
  package typealias Network = RecurrentNetwork<Cell>

  private let options: TrainingOptions
  private let step: TrainingSpace<Network>.Step
  private let start: Optimiser.State
  /// The spaces that nobody uses now.
  private let free = Mutex<[LearningSpace<Cell>]>([])

  package init(_ network: Network, sizes: GradientSizes<Network>, options: DynamicOptions) {
    self.options = GradientSizes.options(network, windowLength: options.windowLength)
    step = .init(
      number: 0, optimiser: .returning(decay: options.decay / sizes.mean), rate: options.rate,
      clip: nil)
    start = sizes.optimiserState(network)
  }

  private init(options: TrainingOptions, step: TrainingSpace<Network>.Step, start: Optimiser.State)
  {
    self.options = options
    self.step = step
    self.start = start
  }

  /// One that makes steps at another rate.
  func with(rate: Float) -> Learner {
    let step = TrainingSpace<Network>.Step(
      number: step.number, optimiser: step.optimiser, rate: rate, clip: step.clip)
    return Learner(options: options, step: step, start: start)
  }

  /// One step on a window of one text.
  ///
  /// - Parameters:
  ///   - words: The window.
  ///   - next: The word after it.
  ///   - start: What the network remembered before it.
  /// - Returns: The weights after the step; the same if the gradient was not finite.
  package func learn(
    from words: [Int], then next: Int, start state: RecurrentState<Cell>,
    weights: AdaptedWeights<Cell>, team: ThreadTeam
  ) -> AdaptedWeights<Cell> {
    let found = free.withLock { $0.popLast() }
    let space =
      found.flatMap { $0.weights === weights ? $0 : nil }
      ?? LearningSpace(weights, options: options, optimiser: start, team: team)
    let result = space.learn(from: words, then: next, start: state, step: step, team: team)
    free.withLock { $0.append(space) }
    return result
  }
}

/// What one step writes.
///
/// `@unchecked Sendable`: whoever took it uses it alone.
private final class LearningSpace<Cell: RecurrentCell>: @unchecked Sendable {
  /// The weights that ``space`` has packed.
  private(set) var weights: AdaptedWeights<Cell>
  private let space: TrainingSpace<RecurrentNetwork<Cell>>
  private var optimiser: Optimiser.State

  init(
    _ weights: AdaptedWeights<Cell>, options: TrainingOptions, optimiser: Optimiser.State,
    team: ThreadTeam
  ) {
    self.weights = weights
    self.optimiser = optimiser
    space = TrainingSpace(weights.model.network, options: options, team: team)
  }

  func learn(
    from words: [Int], then next: Int, start: RecurrentState<Cell>,
    step: TrainingSpace<RecurrentNetwork<Cell>>.Step, team: ThreadTeam
  ) -> AdaptedWeights<Cell> {
    var (network, state) = (weights.model.network, start)
    _ = space.update(
      &network, optimiser: &optimiser, state: &state, inputs: words,
      targets: words.dropFirst() + [next], step: step, team: team)
    weights = AdaptedWeights(
      RecurrentModel(codec: weights.model.codec, network: network, team: team))
    return weights
  }
}
