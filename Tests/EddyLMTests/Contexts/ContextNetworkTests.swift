import EddyLM
import EddyNN
import Testing

@Suite("networks that read a few words")
struct ContextNetworkTests {
  private static let size = 11

  private static func sizes<Context: WordContext>(
    _: Context.Type, context: Int = 3
  ) -> NetworkSizes {
    NetworkSizes(
      embedding: 5, hidden: Context.isConcatenated ? 7 : 5, layers: 1, context: context)
  }

  private static func network<Context: WordContext>(
    _ kind: Context.Type, context: Int = 3
  ) -> ContextNetwork<Context> {
    ContextNetwork(
      vocabularySize: size, sizes: sizes(kind, context: context), range: 0.6, seed: 4)
  }

  private static let codec: TextCodec = {
    let words = ["<unk>", "<eos>"] + (2..<size).map { "w\($0)" }
    return TextCodec(
      tokenizer: Tokenizer(kind: .whitespace),
      vocabulary: Vocabulary(words: words.map { Array($0.utf8) }, unknown: 0, endOfSentence: 1))
  }()

  private static func model<Context: WordContext>(
    _ kind: Context.Type, precision: Precision = .float32
  ) -> ContextModel<Context> {
    ContextModel(codec: codec, network: network(kind), precision: precision)
  }

  /// P(next) after some words.
  private func next(_ words: [Int], _ model: some LanguageModel) -> [Float] {
    var state = model.initialState(batchSize: 1)
    var next = Matrix(rows: 1, columns: 1)
    for word in words { next = model.advance([word], state: &state, team: .serial) }
    return next.elements
  }

  private func difference(_ first: [Float], _ second: [Float]) -> Float {
    zip(first, second).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test("no word further back than n matters: not one bit")
  func markov() {
    func check(_ model: some LanguageModel) {
      #expect(next([1, 9, 2, 3, 4], model) == next([1, 5, 2, 3, 4], model))
      #expect(next([2, 3, 4], model) == next([7, 7, 7, 2, 3, 4], model))
      #expect(difference(next([1, 9, 2, 3, 4], model), next([1, 9, 5, 3, 4], model)) > 1e-3)
    }
    check(Self.model(AveragedContext.self))
    check(Self.model(ConcatenatedContext.self))
  }

  @Test("the average ignores the order of words, the concatenation does not")
  func order() {
    let (window, concat) = (Self.model(AveragedContext.self), Self.model(ConcatenatedContext.self))
    let orders = [[2, 3, 4], [2, 4, 3], [3, 2, 4], [3, 4, 2], [4, 2, 3], [4, 3, 2]]
    for order in orders.dropFirst() {
      #expect(difference(next(orders[0], window), next(order, window)) < 1e-6)
      #expect(difference(next(orders[0], concat), next(order, concat)) > 1e-3)
    }
  }

  @Test("the weights of the concatenation grow with n, those of the average do not")
  func growth() {
    let counts = (1...4).map {
      (
        Self.network(AveragedContext.self, context: $0).parameterCount,
        Self.network(ConcatenatedContext.self, context: $0).parameterCount
      )
    }
    for (before, after) in zip(counts, counts.dropFirst()) {
      #expect(after.0 == before.0)
      #expect(after.1 - before.1 == 7 * 5)
    }
  }

  @Test(
    "probabilities add up to 1, and both doors give the same bits, in a batch and alone",
    arguments: Precision.allCases)
  func doors(precision: Precision) {
    func check(_ model: some LanguageModel) {
      let texts = [[1, 2, 3, 4, 5, 6], [1, 8, 8, 0, 2, 10]]
      let inputs = texts[0].indices.flatMap { step in texts.map { $0[step] } }
      let asked = inputs.indices.flatMap { row in
        (0..<Self.size).map { Continuation(row: row, token: $0) }
      }
      for team in [ThreadTeam.serial, ThreadTeam(count: 3)] {
        var state = model.initialState(batchSize: 2)
        let values = model.logProbabilities(
          of: asked, after: inputs, state: &state, keeping: [10, 11], team: team)
        for (text, words) in texts.enumerated() {
          for step in words.indices {
            let next = next(Array(words[...step]), model)
            let row = 2 * step + text
            #expect(next == Array(values[row * Self.size..<(row + 1) * Self.size]))
            let sum = next.reduce(0.0) { $0 + PortableMath.exp(Double($1)) }
            #expect(abs(sum - 1) < 1e-5)
          }
        }
      }
    }
    check(Self.model(AveragedContext.self, precision: precision))
    check(Self.model(ConcatenatedContext.self, precision: precision))
  }

  @Test("gradients are those of the plain network in Double, by finite differences")
  func gradients() throws {
    func check<Context: WordContext>(_ kind: Context.Type) throws {
      var options = TrainingOptions()
      options.model = Context.kind
      options.sizes = Self.sizes(kind)
      options.batchSize = 2
      options.windowLength = 4
      options.optimiser = .sgd
      let tokens = (0..<40).map { ($0 * $0 + $0 / 3) % Self.size }
      let network = Self.network(kind)
      var trainer = Trainer(
        state: TrainerState(network: network, options: options), tokens: tokens,
        options: options, team: ThreadTeam(count: 2))
      let windows = trainer.windows
      let report = try trainer.update()
      let plain = PlainContextNetwork(network, tokens: tokens, windows: windows)
      #expect(abs(report.loss - plain.loss(plain.weights)) < 1e-5)
      for (index, parameter) in network.parameters.enumerated() {
        let found = trainer.gradients[keyPath: parameter.path].elements
        for element in found.indices {
          let needed = plain.slope(array: index, element: element)
          #expect(
            abs(Double(found[element]) - needed) < 1e-4,
            "\(Context.kind), \(parameter.name)[\(element)]: \(found[element]), \(needed)")
        }
      }
    }
    try check(AveragedContext.self)
    try check(ConcatenatedContext.self)
    try check(SurroundingContext.self)
  }

  @Test("words told apart from noise have the probabilities of the text, after the softmax")
  func negativeSampling() throws {
    // After 2 and before 3 stands 4 in three of four cases, otherwise 5.
    let middle = [4, 4, 5, 4]
    let tokens = (0..<800).flatMap { [2, middle[$0 % 4], 3] }
    var options = TrainingOptions()
    options.model = .cbow
    options.sizes = NetworkSizes(embedding: 8, hidden: 8, layers: 1, context: 1)
    options.batchSize = 4
    options.windowLength = 16
    options.epochs = 12
    options.learningRate = 0.02
    options.negativeSamples = 8
    let words = (2..<Self.size).map { "w\($0)" }
    let codec = TextCodec(
      tokenizer: Tokenizer(kind: .whitespace), vocabulary: Vocabulary(words: words))
    let network = ContextNetwork<SurroundingContext>(
      vocabulary: codec.vocabulary, options: options)
    #expect(network.decoder.bias.elements.allSatisfy { $0 != 0 })
    var trainer = Trainer(
      state: TrainerState(network: network, options: options), tokens: tokens, options: options,
      team: .serial)
    for _ in 0..<trainer.totalUpdates { _ = try trainer.update() }
    #expect(trainer.state.network.decoder.bias == network.decoder.bias)
    let filled = try GapFiller(codec: codec, network: trainer.state.network)
      .fill("w2 ___ w3", count: 2)
    #expect(filled.map(\.word) == ["w4", "w5"])
    #expect(abs(filled[0].probability - 0.75) < 0.08)
  }

  @Test("a gap is filled from both sides; a sentence has no probability")
  func gaps() throws {
    let network = Self.network(SurroundingContext.self)
    let filler = GapFiller(codec: Self.codec, network: network)
    let all = try filler.fill("w2 ___ w3", count: 100)
    // All but the unknown word, whose share is missing.
    #expect(all.count == Self.size - 1)
    #expect(all.map(\.probability) == all.map(\.probability).sorted(by: >))
    let sum = all.reduce(0) { $0 + $1.probability }
    #expect(sum < 1 && sum > 0.5)
    // Averages know no order.
    let turned = try filler.fill("w3 ___ w2", count: 100)
    for (first, second) in zip(all, turned) {
      #expect(abs(first.probability - second.probability) < 1e-6)
    }
    #expect(try filler.fill("w2 ___ w4", count: 1) != filler.fill("w9 ___ w7", count: 1))
    for text in ["w2 w3", "___ w2 ___"] {
      #expect(throws: GapError.self) { try filler.fill(text, count: 3) }
    }
    #expect(throws: NoLanguageModel.self) {
      try network.languageModel(codec: Self.codec, precision: .float32, team: .serial)
    }
  }
}
