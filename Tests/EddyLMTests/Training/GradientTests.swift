import EddyLM
import EddyNN
import Testing

@Suite("gradients of a whole update are the slopes of its loss")
struct GradientTests {
  /// Whatever is drawn at random depends on the number of the update, so that the loss of the same update with other
  /// weights is a function.
  private func check<Network: LanguageNetwork>(
    _: Network.Type, _ change: (inout TrainingOptions) -> Void
  ) throws {
    var options = TrainingOptions()
    options.model = Network.kind
    options.sizes = NetworkSizes(
      embedding: 6, hidden: Network.kind.averagesContext ? 6 : 5,
      layers: Network.kind.hasContext ? 1 : 2, context: Network.kind.hasContext ? 2 : 1)
    options.batchSize = 3
    options.windowLength = 4
    options.optimiser = .sgd
    options.clip = nil
    options.initialRange = 1
    change(&options)
    let tokens = (0..<60).map { ($0 * $0 + $0 / 3) % 9 }
    let network = Network(
      vocabularySize: 9, sizes: options.sizes, range: options.initialRange, seed: 2)
    func update(_ network: Network) throws -> (loss: Double, gradients: Network) {
      var state = TrainerState(network: network, options: options)
      // Any but the first.
      state.updates = 3
      var trainer = Trainer(
        state: state, tokens: tokens, options: options,
        team: ThreadTeam(count: 2))
      let loss = try trainer.update().loss
      return (loss, trainer.gradients)
    }
    let gradients = try update(network).gradients
    let step: Float = 1.0 / 128
    for parameter in network.parameters {
      var largest = 0.0
      let found = gradients[keyPath: parameter.path]
      for element in stride(from: 0, to: found.count, by: 3) {
        let (row, column) = (element / found.columns, element % found.columns)
        let slope = try [step, -step].map { step in
          var changed = network
          changed[keyPath: parameter.path][row, column] += step
          return try update(changed).loss
        }
        let needed = (slope[0] - slope[1]) / Double(2 * step)
        largest = max(largest, abs(needed))
        let difference = abs(Double(found[row, column]) - needed)
        #expect(
          difference < 2e-4 + 0.02 * abs(needed),
          "\(Network.kind), \(parameter.name)[\(row), \(column)]: \(needed)")
      }
      // Words are told apart from others by a bias that stays.
      let isFixed = options.negativeSamples > 0 && parameter.name == "decoder.bias"
      #expect(isFixed ? largest == 0 : largest > 6e-4, "\(Network.kind), \(parameter.name)")
    }
  }

  enum Setting: CaseIterable {
    case plain, dropout, variationalDropout, embeddingDropout, recurrentDropout, tied
    case tiedWithAllDropouts

    var isForRecurrent: Bool {
      self == .tied || self == .tiedWithAllDropouts || self == .recurrentDropout
    }

    func apply(to options: inout TrainingOptions) {
      switch self {
      case .plain: break
      case .dropout: options.dropout = 0.4
      case .variationalDropout:
        options.dropout = 0.4
        options.hasVariationalDropout = true
      case .embeddingDropout: options.embeddingDropout = 0.4
      case .recurrentDropout: options.recurrentDropout = 0.4
      case .tied: options.sizes.isTied = true
      case .tiedWithAllDropouts:
        options.sizes.isTied = true
        options.sizes.hidden = options.sizes.embedding
        options.dropout = 0.2
        options.embeddingDropout = 0.2
        options.recurrentDropout = 0.2
        options.hasRandomWindows = true
      }
    }
  }

  @Test("for every kind of network", arguments: Setting.allCases)
  func settings(_ setting: Setting) throws {
    let change = setting.apply
    if !setting.isForRecurrent {
      try check(ContextNetwork<AveragedContext>.self, change)
      try check(ContextNetwork<ConcatenatedContext>.self, change)
      try check(ContextNetwork<SurroundingContext>.self, change)
    }
    try check(RecurrentNetwork<RNNCell>.self, change)
    try check(RecurrentNetwork<LSTMCell>.self, change)
    try check(RecurrentNetwork<GRUCell>.self, change)
  }

  @Test("with negative sampling")
  func negativeSampling() throws {
    try check(ContextNetwork<SurroundingContext>.self) { $0.negativeSamples = 3 }
  }

  @Test("bfloat16 goes the same ways as float32, nearly", arguments: Setting.allCases)
  func bfloat16(_ setting: Setting) throws {
    func gradients(_ precision: Precision) throws -> [Float] {
      var options = TrainingOptions()
      options.sizes = NetworkSizes(embedding: 6, hidden: 10, layers: 2)
      options.batchSize = 3
      options.windowLength = 4
      options.precision = precision
      setting.apply(to: &options)
      let network = RecurrentNetwork<LSTMCell>(
        vocabularySize: 9, sizes: options.sizes, range: 0.8, seed: 2)
      var trainer = Trainer(
        state: TrainerState(network: network, options: options),
        tokens: (0..<60).map { ($0 * $0 + $0 / 3) % 9 }, options: options, team: .serial)
      _ = try trainer.update()
      return network.parameters.flatMap { trainer.gradients[keyPath: $0.path].elements }
    }
    let (exact, rounded) = (try gradients(.float32), try gradients(.bfloat16))
    #expect(exact != rounded)
    let norm = exact.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let difference = zip(exact, rounded).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      .squareRoot()
    #expect(difference < 0.03 * norm)
  }

  @Test("every place that drops numbers changes what is learned, at every number of threads")
  func dropoutMatters() throws {
    var options = TrainingOptions()
    options.sizes = NetworkSizes(embedding: 6, hidden: 6, layers: 2)
    options.batchSize = 2
    options.windowLength = 4
    let tokens = (0..<60).map { ($0 * $0 + $0 / 3) % 9 }
    let network = RecurrentNetwork<LSTMCell>(
      vocabularySize: 9, sizes: options.sizes, range: 0.5, seed: 2)
    func trained(threads: Int = 1) throws -> [RecurrentNetwork<LSTMCell>] {
      var trainer = Trainer(
        state: TrainerState(network: network, options: options), tokens: tokens,
        options: options, team: ThreadTeam(count: threads))
      return try (0..<3).map { _ in
        _ = try trainer.update()
        return trainer.state.network
      }
    }
    let plain = try trained()
    options.dropout = 0.5
    let dropped = try trained()
    for (index, parameter) in network.parameters.enumerated() where index > 0 {
      #expect(
        dropped[0][keyPath: parameter.path] != plain[0][keyPath: parameter.path],
        "\(parameter.name)")
    }
    for threads in [2, 3] { #expect(try trained(threads: threads) == dropped) }
    options.hasVariationalDropout = true
    #expect(try trained() != dropped)
  }

  @Test("whole words and recurrent weights that are dropped get no gradient, those left do")
  func dropped() throws {
    var options = TrainingOptions()
    options.sizes = NetworkSizes(embedding: 6, hidden: 20, layers: 1)
    options.batchSize = 2
    options.windowLength = 4
    options.embeddingDropout = 0.5
    options.recurrentDropout = 0.3
    let tokens = (0..<60).map { $0 % 20 }
    let network = RecurrentNetwork<GRUCell>(
      vocabularySize: 20, sizes: options.sizes, range: 0.5, seed: 2)
    func gradients(threads: Int) throws -> RecurrentNetwork<GRUCell> {
      var trainer = Trainer(
        state: TrainerState(network: network, options: options), tokens: tokens,
        options: options, team: ThreadTeam(count: threads))
      for _ in 0..<3 { _ = try trainer.update() }
      return trainer.gradients
    }
    let found = try gradients(threads: 1)
    let weights = found.layers[0].recurrentWeights.elements
    let share = Double(weights.count { $0 == 0 }) / Double(weights.count)
    #expect(abs(share - 0.3) < 0.05)
    let vectors = found.embedding.weights
    let words = (0..<20).count { word in (0..<6).contains { vectors[word, $0] != 0 } }
    // Eight words were read.
    #expect(words > 0 && words < 8)
    for threads in [2, 3] { #expect(try gradients(threads: threads) == found) }
  }
}
