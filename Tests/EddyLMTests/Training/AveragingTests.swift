import EddyLM
import EddyNN
import Testing

@Suite("averaged weights")
struct AveragingTests {
  typealias Network = RecurrentNetwork<LSTMCell>

  private func evaluation(loss: Double) -> Evaluation {
    Evaluation(
      tokens: 10, vocabularySize: 9, unknownTokens: 0, logProbability: -10 * loss,
      knownLogProbability: -10 * loss, size: TextSize(characters: 10, bytes: 10))
  }

  private func trainer(_ options: TrainingOptions) -> Trainer<Network, [Int]> {
    let network = Network(vocabularySize: 9, sizes: options.sizes, range: 0.5, seed: 2)
    return Trainer(
      state: TrainerState(network: network, options: options),
      tokens: (0..<60).map { ($0 * $0 + $0 / 3) % 9 }, options: options, team: ThreadTeam(count: 2))
  }

  private var options: TrainingOptions {
    var options = TrainingOptions()
    options.sizes = NetworkSizes(embedding: 6, hidden: 5, layers: 1)
    options.batchSize = 2
    options.windowLength = 4
    options.optimiser = .sgd
    options.learningRate = 2
    options.schedule = .constant
    options.averagingPatience = 2
    return options
  }

  @Test("begin when a validation is worse than one of those more than so many before it")
  func trigger() {
    var state = trainer(options).state
    for loss in [5.0, 4.0, 4.5, 4.2] {
      _ = state.validated(evaluation(loss: loss), averagingPatience: 2)
      #expect(state.average == nil)
    }
    // Of 5, 4, 4.5, 4.2 the last two do not count.
    _ = state.validated(evaluation(loss: 4.1), averagingPatience: 2)
    #expect(state.average != nil)
    #expect(state.result == state.network)
  }

  @Test("begin where the definition says, however few losses are kept", arguments: 1...5)
  func kept(patience: Int) {
    let start = trainer(options).state
    for seed in 0..<20 {
      var state = start
      let losses = (0..<30).map { Double(($0 * $0 * 7 + seed * (13 + $0)) % 31) }
      for (index, loss) in losses.enumerated() where state.average == nil {
        _ = state.validated(evaluation(loss: loss), averagingPatience: patience)
        let best = losses[..<index].dropLast(patience).min() ?? .infinity
        #expect((state.average != nil) == (loss > best))
        #expect(state.validationLosses.count <= patience + 1)
      }
    }
  }

  @Test("are the mean of the weights since")
  func mean() throws {
    var trainer = trainer(options)
    for loss in [4.0, 4.0, 4.0, 5.0] { _ = trainer.validated(evaluation(loss: loss)) }
    var networks = [trainer.state.network]
    for _ in 0..<3 {
      _ = try trainer.update()
      networks.append(trainer.state.network)
    }
    let result = trainer.state.result
    #expect(result != trainer.state.network)
    for parameter in result.parameters {
      let all = networks.map { $0[keyPath: parameter.path].elements }
      for (element, found) in result[keyPath: parameter.path].elements.enumerated() {
        let mean = all.reduce(0) { $0 + $1[element] } / 4
        #expect(abs(found - mean) < 1e-5)
      }
    }
  }
}
