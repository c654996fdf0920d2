import EddyFiles
import EddyLM
import EddyNN
import Foundation
import SystemPackage
import Testing

@Suite("the trainer")
struct TrainerTests {
  /// A text of 60 words in which each word depends on the one before.
  private let tokens: [Int] = (0..<1500).map { ($0 * $0 + 3 * ($0 / 7)) % 60 }

  private func options(_ optimiser: Optimiser) -> TrainingOptions {
    var options = TrainingOptions()
    options.sizes = NetworkSizes(embedding: 9, hidden: 17, layers: 2)
    options.batchSize = 3
    options.windowLength = 7
    options.epochs = 2
    options.optimiser = optimiser
    if optimiser == .sgd { options.learningRate = 1 }
    return options
  }

  /// Plain steps at one rate.
  private var constant: TrainingOptions {
    var options = options(.sgd)
    options.schedule = .constant
    return options
  }

  /// bfloat16 and an ε that leaves some of the two blocks of words out.
  private func quick(_ optimiser: Optimiser) -> TrainingOptions {
    var options = options(optimiser)
    options.precision = .bfloat16
    options.gradientThinning = 0.3
    options.seed = 11
    return options
  }

  /// All that changes a training at once, but for what excludes something else of it.
  private func full(projection: Bool) -> TrainingOptions {
    var options = options(.adamW(weightDecay: 0.1))
    options.sizes.isTied = true
    options.sizes.embedding = projection ? 9 : 17
    options.dropout = 0.2
    options.hasVariationalDropout = projection
    options.embeddingDropout = 0.2
    options.recurrentDropout = 0.2
    options.labelSmoothing = 0.1
    options.hasRandomWindows = true
    options.clip = 0.05
    options.warmUp = 30
    options.schedule = .plateau
    options.averagingPatience = 1
    return options
  }

  private func start<Network: LanguageNetwork>(
    _: Network.Type, _ options: TrainingOptions, team: ThreadTeam = .serial
  ) -> Trainer<Network, [Int]> {
    let options = fitted(options, to: Network.self)
    let network = Network(
      vocabularySize: 60, sizes: options.sizes, range: nil, seed: 7)
    return Trainer(
      state: TrainerState(network: network, options: options), tokens: tokens, options: options,
      team: team)
  }

  /// The options with sizes that a network of this kind can have.
  private func fitted<Network: LanguageNetwork>(
    _ options: TrainingOptions, to _: Network.Type
  ) -> TrainingOptions {
    var options = options
    options.model = Network.kind
    options.sizes = Network.kind.fitted(options.sizes)
    if Network.kind.hasContext { options.recurrentDropout = 0 }
    return options
  }

  private func evaluation(loss: Double) -> Evaluation {
    Evaluation(
      tokens: 7, vocabularySize: 60, unknownTokens: 1, logProbability: -7 * loss,
      knownLogProbability: -6 * loss, size: TextSize(characters: 20, bytes: 21))
  }

  private func save<Network: LanguageNetwork>(
    _ state: TrainerState<Network>, to path: FilePath
  ) throws {
    var writer = SafetensorsWriter(metadata: ["state": state.record.serialized])
    state.add(to: &writer)
    try writer.write(to: path)
  }

  private func load<Network: LanguageNetwork>(
    _ path: FilePath, vocabularySize: Int, options: TrainingOptions
  ) throws -> TrainerState<Network> {
    let file = try Safetensors(path: path)
    let record = try #require(file.metadata["state"])
    return try TrainerState(
      reading: file, record: JSONRecord(JSON(parsing: Array(record.utf8)), name: "state"),
      vocabularySize: vocabularySize, options: options)
  }

  private func expectSameAfterSaving<Network: LanguageNetwork>(
    _ kind: Network.Type, _ options: TrainingOptions
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = FilePath(folder.path).appending("checkpoint.safetensors")

    func half() throws -> Trainer<Network, [Int]> {
      var trainer = start(kind, options)
      for _ in 0..<23 { _ = try trainer.update() }
      let verdicts = [3.25, 3.5, 4, .nan].map { trainer.validated(evaluation(loss: $0)) }
      #expect(verdicts == [true, false, false, false])
      return trainer
    }
    var whole = try half()
    for _ in 23..<50 { _ = try whole.update() }
    let first = try half()
    #expect(first.state.updates % first.windows.perEpoch != 0)
    #expect((first.state.average == nil) == (options.averagingPatience == nil))
    try save(first.state, to: path)
    let options = fitted(options, to: kind)
    let read: TrainerState<Network> = try load(path, vocabularySize: 60, options: options)
    #expect(read == first.state)
    var second = Trainer(
      state: read, tokens: tokens, options: options, team: ThreadTeam(count: 2))
    for _ in 23..<50 { _ = try second.update() }
    #expect(second.state == whole.state)
  }

  @Test(
    "stopped in mid-epoch, saved, loaded, continued: the same bits",
    arguments: ModelKind.networks, [Optimiser.sgd, .adamW()])
  func resume(kind: ModelKind, optimiser: Optimiser) throws {
    func run<Network: LanguageNetwork>(_ kind: Network.Type) throws {
      try expectSameAfterSaving(kind, options(optimiser))
      guard optimiser != .sgd else { return }
      for options in [quick(optimiser), full(projection: true), full(projection: false)] {
        try expectSameAfterSaving(kind, options)
      }
    }
    try run(kind.trained)
  }

  @Test("a state of other sizes is refused")
  func otherSizes() throws {
    let options = options(.sgd)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = FilePath(folder.path).appending("checkpoint.safetensors")
    try save(start(RecurrentNetwork<GRUCell>.self, options).state, to: path)
    #expect(throws: FileError.self) {
      let _: TrainerState<RecurrentNetwork<GRUCell>> = try load(
        path, vocabularySize: 61, options: options)
    }
    #expect(throws: FileError.self) {
      let _: TrainerState<RecurrentNetwork<LSTMCell>> = try load(
        path, vocabularySize: 60, options: options)
    }
  }

  @Test("every thread count gives the same bits", arguments: [2, 3, 5])
  func threads(count: Int) throws {
    var serial = start(RecurrentNetwork<LSTMCell>.self, options(.adamW()))
    var team = start(
      RecurrentNetwork<LSTMCell>.self, options(.adamW()), team: ThreadTeam(count: count))
    for _ in 0..<10 {
      let (a, b) = (try serial.update(), try team.update())
      #expect(a == b)
    }
    #expect(serial.state == team.state)
  }

  @Test(
    "every thread count gives the same bits, in bfloat16, thinned, both, and with all that there is",
    arguments: ModelKind.networks)
  func quickThreads(kind: ModelKind) throws {
    func run<Network: LanguageNetwork>(_ kind: Network.Type) throws {
      var (bfloat16, thinned) = (quick(.sgd), quick(.sgd))
      bfloat16.gradientThinning = 0
      thinned.precision = .float32
      var losses: Set<Double> = []
      for options in [
        options(.sgd), bfloat16, thinned, quick(.sgd), full(projection: true),
        full(projection: false),
      ] {
        var serial = start(kind, options)
        for _ in 0..<4 { _ = try serial.update() }
        for count in [2, 3, 7] {
          var team = start(kind, options, team: ThreadTeam(count: count))
          for _ in 0..<4 { _ = try team.update() }
          #expect(team.state == serial.state, "\(count) threads")
        }
        losses.insert(try serial.update().loss)
      }
      // No two of them are the same training.
      #expect(losses.count == 6)
    }
    try run(kind.trained)
  }

  @Test("bfloat16 and thinning learn what float32 learns", arguments: ModelKind.networks)
  func quickLearning(kind: ModelKind) throws {
    func run<Network: LanguageNetwork>(_ kind: Network.Type) throws {
      func losses(_ options: TrainingOptions) throws -> (first: Double, last: Double) {
        var trainer = start(kind, options)
        let all = try (0..<60).map { _ in try trainer.update().loss }
        return (all[0], all.suffix(20).reduce(0, +) / 20)
      }
      var bfloat16 = quick(.adamW())
      bfloat16.gradientThinning = 0
      let exact = try losses(options(.adamW()))
      // One product less between a word and its gradient: these learn more slowly.
      #expect(exact.last < (Network.kind.hasContext ? 0.99 : 0.9) * exact.first)
      for (options, tolerance) in [(bfloat16, 0.01), (quick(.adamW()), 0.1)] {
        let found = try losses(options)
        #expect(abs(found.first - exact.first) < 0.01)
        #expect(abs(found.last - exact.last) < tolerance * exact.last, "\(found), \(exact)")
      }
    }
    try run(kind.trained)
  }

  @Test("another seed thins another way, the same one the same way")
  func thinningSeed() throws {
    func state(_ seed: UInt64) throws -> TrainerState<RecurrentNetwork<LSTMCell>> {
      var options = quick(.sgd)
      options.seed = seed
      var trainer = start(RecurrentNetwork<LSTMCell>.self, options)
      for _ in 0..<3 { _ = try trainer.update() }
      return trainer.state
    }
    #expect(try state(1).network == state(1).network)
    #expect(try state(1).network != state(2).network)
  }

  @Test("the rate rises in a line while it warms up")
  func warmUp() throws {
    var options = constant
    options.warmUp = 4
    var trainer = start(RecurrentNetwork<RNNCell>.self, options)
    for share: Float in [0.25, 0.5, 0.75, 1, 1] {
      #expect(try trainer.update().learningRate == share * options.learningRate)
    }
  }

  @Test("the rate falls by epochs in steps, and when validation is no better")
  func rates() throws {
    var options = options(.sgd)
    options.schedule = .step(factor: 0.5, after: 1)
    var trainer = start(RecurrentNetwork<RNNCell>.self, options)
    for update in 0..<2 * trainer.windows.perEpoch {
      let share: Float = update < trainer.windows.perEpoch ? 1 : 0.5
      #expect(try trainer.update().learningRate == share * options.learningRate)
    }
    options.schedule = .plateau
    trainer = start(RecurrentNetwork<RNNCell>.self, options)
    for (loss, share) in [(3.0, 1), (4.0, 0.25)] as [(Double, Float)] {
      _ = trainer.validated(evaluation(loss: loss))
      #expect(try trainer.update().learningRate == share * options.learningRate)
    }
  }

  @Test("a step is no longer than the clipped gradient")
  func clip() throws {
    var options = constant
    options.clip = 0.01
    var trainer = start(RecurrentNetwork<LSTMCell>.self, options)
    let before = trainer.state.network
    #expect(try trainer.update().gradientNorm > 0.02)
    var squares = 0.0
    for parameter in before.parameters {
      let new = trainer.state.network[keyPath: parameter.path].elements
      for (a, b) in zip(before[keyPath: parameter.path].elements, new) {
        squares += Double(a - b) * Double(a - b)
      }
    }
    #expect(abs(squares.squareRoot() - 0.01) < 1e-4)
  }

  @Test("windows of random length have rates that go with it")
  func randomWindows() throws {
    var options = constant
    options.windowLength = 20
    options.hasRandomWindows = true
    var trainer = start(RecurrentNetwork<RNNCell>.self, options)
    var rates: Set<Float> = []
    for window in 0..<8 {
      let share = Double(trainer.windows.length(of: window)) / 20
      let rate = try trainer.update().learningRate
      #expect(abs(Double(rate) - Double(options.learningRate) * share) < 1e-6)
      rates.insert(rate)
    }
    #expect(rates.count > 1)
  }

  @Test("a training that diverges stops at once, names update and norm, and keeps the weights")
  func divergence() throws {
    var options = options(.sgd)
    options.clip = nil
    options.learningRate = 3e38
    var trainer = start(RecurrentNetwork<RNNCell>.self, options)
    var before = trainer.state
    let error = #expect(throws: TrainingError.self) {
      while trainer.state.updates < 50 {
        before = trainer.state
        _ = try trainer.update()
      }
    }
    guard case .diverged(let update, _, _) = try #require(error) else {
      Issue.record("found \(String(describing: error))")
      return
    }
    #expect(update == before.updates + 1)
    #expect(trainer.state == before)
    let network = trainer.state.network
    #expect(network.parameters.allSatisfy { network[keyPath: $0.path].isFinite })
  }

  @Test("activations grow with T, not with the text")
  func memory() {
    var options = options(.sgd)
    func memory() -> (activations: Int, panels: Int) {
      let trainer = start(RecurrentNetwork<LSTMCell>.self, options)
      return (trainer.activationBytes, trainer.panelBytes)
    }
    let short = memory()
    options.windowLength *= 2
    let long = memory()
    #expect(long.panels == short.panels)
    let ratio = Double(long.activations) / Double(short.activations)
    #expect(ratio > 1.8 && ratio <= 2)
    options.precision = .bfloat16
    let panels = Double(memory().panels) / Double(long.panels)
    // Two values in a unit, the last one alone where there are 9 or 17.
    #expect(panels > 0.5 && panels < 0.56)
  }

  @Test("one token repeated is learned: loss near 0")
  func oneToken() throws {
    var options = options(.adamW())
    options.learningRate = 0.01
    let network = RecurrentNetwork<GRUCell>(
      vocabularySize: 2, sizes: options.sizes, range: nil, seed: 1)
    var trainer = Trainer(
      state: TrainerState(network: network, options: options),
      tokens: [Int](repeating: 1, count: 500), options: options, team: .serial)
    var loss = 1.0
    for _ in 0..<60 { loss = try trainer.update().loss }
    #expect(loss < 0.01)
  }
}

@Suite("views of a network's weights")
struct NetworkViewTests {
  @Test(
    "stay where they are, update after update: nothing is copied", arguments: ModelKind.networks)
  func inPlace(kind: ModelKind) {
    func check<Network: LanguageNetwork>(_: Network.Type) {
      var network = Network(
        vocabularySize: 10,
        sizes: Network.kind.fitted(NetworkSizes(embedding: 3, hidden: 5, layers: 2)))
      let first = unsafe network.mutableViews().map(\.base)
      let second = unsafe network.mutableViews().map(\.base)
      #expect(unsafe first == second)
      let shapes = network.parameters.map { network[keyPath: $0.path].count }
      #expect(network.mutableViews().map(\.count) == shapes)
    }
    check(kind.trained)
  }
}
