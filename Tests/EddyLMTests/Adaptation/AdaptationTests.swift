import EddyLM
import EddyNN
import Testing

/// Small models, and what they say.
private enum Small {
  static let size = 8
  static let codec = TextCodec(
    tokenizer: Tokenizer(kind: .whitespace),
    vocabulary: Vocabulary(words: ["a", "b", "c", "d", "e", "f"]))

  static let model = RecurrentModel(
    codec: codec,
    network: RecurrentNetwork<LSTMCell>(
      vocabularySize: size, sizes: NetworkSizes(embedding: 5, hidden: 7, layers: 2), range: 1,
      seed: 4))

  static func text(_ count: Int, seed: Int = 1) -> [Int] {
    (0..<count).map { ($0 * $0 * 3 + $0 / 3 + seed * $0) % 7 + 1 }
  }

  static func logProbabilities(_ model: some LanguageModel, _ text: [Int]) -> [Float] {
    var state = model.initialState(batchSize: 1)
    return model.logProbabilities(
      of: Array(text.dropFirst()), after: Array(text.dropLast()), state: &state,
      team: ThreadTeam(count: 2))
  }

  static func loss(_ model: some LanguageModel, _ text: [Int]) -> Double {
    -logProbabilities(model, text).reduce(0) { $0 + Double($1) } / Double(text.count - 1)
  }
}

/// Both doors of a model agree, bit for bit, however the text is cut and batched; states are values.
private func checkDoors<Model: LanguageModel>(_ model: Model) {
  let texts = [Small.text(40), Small.text(40, seed: 2), Small.text(40, seed: 5)]
  let whole = texts.map { Small.logProbabilities(model, $0) }
  // Token by token, side by side.
  var state = model.initialState(batchSize: 3)
  for step in 0..<39 {
    let next = model.advance(texts.map { $0[step] }, state: &state, team: .serial)
    for text in 0..<3 {
      #expect(next[text, texts[text][step + 1]] == whole[text][step])
      let sum = (0..<Small.size).reduce(0.0) { $0 + PortableMath.exp(Double(next[text, $1])) }
      #expect(abs(sum - 1) < 1e-5)
    }
  }
  // In windows of 1, 2, … side by side, with the states of some rows kept in between.
  var windows = model.initialState(batchSize: 3)
  var (first, length) = (0, 1)
  while first < 39 {
    let count = min(length, 39 - first)
    let rows = (first..<first + count).flatMap { step in (0..<3).map { ($0, step) } }
    let values = model.logProbabilities(
      of: rows.enumerated().map { Continuation(row: $0, token: texts[$1.0][$1.1 + 1]) },
      after: rows.map { texts[$0.0][$0.1] }, state: &windows,
      keeping: [0, 1, 2].map { 3 * (count - 1) + $0 }, team: ThreadTeam(count: 2))
    for (value, (text, step)) in zip(values, rows) { #expect(value == whole[text][step]) }
    (first, length) = (first + count, length + 1)
  }
  #expect(windows == state)
  // A branch: the state after a row in the middle goes on as the text did.
  var branch = model.initialState(batchSize: 1)
  _ = model.logProbabilities(
    of: [], after: Array(texts[1][..<30]), state: &branch, keeping: [16, 29, 16], team: .serial)
  #expect(branch.rows([0]) == branch.rows([2]) && branch.rows([0]) != branch.rows([1]))
  var middle = Model.State(joining: [branch.rows([1]), branch.rows([0])]).rows([1])
  let rest = model.logProbabilities(
    of: Array(texts[1][18...]), after: Array(texts[1][17..<39]), state: &middle, team: .serial)
  #expect(rest == Array(whole[1][17...]))
}

@Suite("a continuous cache")
struct CachedModelTests {
  private let options = CacheOptions(size: 10, theta: 0.7, weight: 0.4)

  @Test("is what its paper says")
  func equations() {
    let model = CachedModel(Small.model, options: options)
    let text = Small.text(60)
    let found = Small.logProbabilities(model, text)
    // The vectors, one by one.
    var vectors: [[Double]] = []
    var state = Small.model.initialState(batchSize: 1)
    for word in text {
      _ = Small.model.advance([word], state: &state, team: .serial)
      vectors.append(state.rows([0]).layers[1].hidden.elements.map(Double.init))
    }
    let plain = Small.logProbabilities(Small.model, text)
    for step in 0..<59 {
      // The word at place i came after the vector before it.
      let places = max(1, step + 1 - 10)..<step + 1
      let weights = places.map { place in
        PortableMath.exp(
          0.7 * zip(vectors[step], vectors[place - 1]).reduce(0) { $0 + $1.0 * $1.1 })
      }
      var probability = PortableMath.exp(Double(plain[step]))
      if !places.isEmpty {
        let same = zip(places, weights).filter { text[$0.0] == text[step + 1] }
        let mass = same.reduce(0) { $0 + $1.1 } / weights.reduce(0, +)
        probability = 0.6 * probability + 0.4 * mass
      }
      #expect(abs(PortableMath.exp(Double(found[step])) - probability) < 1e-6)
    }
  }

  @Test("both doors, batches and branches give the same bits")
  func doors() { checkDoors(CachedModel(Small.model, options: options)) }

  @Test("without weight it says nothing; a text that repeats itself gets likelier with it")
  func weight() {
    let nothing = CachedModel(Small.model, options: CacheOptions(size: 10, weight: 0))
    let text = Small.text(30)
    for (one, other) in zip(
      Small.logProbabilities(nothing, text), Small.logProbabilities(Small.model, text))
    {
      #expect(abs(one - other) < 1e-6)
    }
    let repeated = Array(repeating: [1, 5, 2, 6, 3], count: 20).flatMap { $0 }
    let cached = CachedModel(Small.model, options: CacheOptions(size: 50, theta: 20, weight: 0.6))
    #expect(Small.loss(cached, repeated) < 0.9 * Small.loss(Small.model, repeated))
  }

  @Test("forgets what is further back than its size")
  func size() {
    let text = Small.text(40)
    let (short, long) = (
      Small.logProbabilities(
        CachedModel(Small.model, options: CacheOptions(size: 3, theta: 1, weight: 0.5)), text),
      Small.logProbabilities(
        CachedModel(Small.model, options: CacheOptions(size: 1000, theta: 1, weight: 0.5)), text)
    )
    #expect(short[..<3] == long[..<3] && short != long)
  }
}

@Suite("dynamic evaluation")
struct DynamicModelTests {
  private func model(_ options: DynamicOptions) -> DynamicModel<LSTMCell> {
    let sizes = GradientSizes(
      Small.model.network, tokens: Small.text(200, seed: 3), windowLength: options.windowLength,
      windows: 20, team: .serial)
    return DynamicModel(Small.model, sizes: sizes, options: options)
  }

  @Test("both doors, batches and branches give the same bits, also with a cache on top")
  func doors() {
    let model = model(DynamicOptions(rate: 0.05, decay: 0.1, windowLength: 6))
    checkDoors(model)
    checkDoors(CachedModel(model, options: CacheOptions(size: 10, theta: 0.7, weight: 0.4)))
  }

  @Test("learns what it reads; the model stays as it was")
  func learns() {
    let repeated = Array(repeating: [1, 5, 2, 6, 3], count: 40).flatMap { $0 }
    let model = model(DynamicOptions(rate: 0.05, decay: 0, windowLength: 6))
    let before = Small.model.network
    let first = Small.logProbabilities(model, repeated)
    #expect(
      -first.reduce(0) { $0 + Double($1) } / 199 < 0.7 * Small.loss(Small.model, repeated))
    #expect(Small.model.network == before)
    #expect(Small.logProbabilities(model, repeated) == first)
    // Before the first step nothing is learned.
    #expect(first[..<6] == Small.logProbabilities(Small.model, repeated)[..<6])
  }

  @Test("without a rate it is the model itself; with full decay it hardly learns")
  func rates() {
    let text = Array(repeating: [1, 5, 2, 6, 3], count: 20).flatMap { $0 }
    let still = model(DynamicOptions(rate: 0, decay: 0.5, windowLength: 6))
    #expect(Small.logProbabilities(still, text) == Small.logProbabilities(Small.model, text))
    let (keeps, forgets) = (
      model(DynamicOptions(rate: 0.02, decay: 0, windowLength: 6)),
      model(DynamicOptions(rate: 0.02, decay: 1, windowLength: 6))
    )
    #expect(Small.loss(keeps, text) < Small.loss(forgets, text))
  }

  @Test("a step is what the paper says")
  func step() {
    let options = DynamicOptions(rate: 0.1, decay: 0.3, windowLength: 5)
    let network = Small.model.network
    let text = Small.text(200, seed: 3)
    let sizes = GradientSizes(
      network, tokens: text, windowLength: 5, windows: 1, epsilon: 0.25, team: .serial)
    // One window: the size of a gradient is its absolute value.
    var training = TrainingOptions()
    training.sizes = network.sizes
    training.batchSize = 1
    training.windowLength = 5
    var trainer = Trainer(
      state: TrainerState(network: network, options: training), tokens: text, options: training,
      team: .serial)
    _ = try? trainer.update()
    let gradients = trainer.gradients
    let all = network.parameters.flatMap { gradients[keyPath: $0.path].elements }
    let mean = all.reduce(0) { $0 + abs($1) } / Float(all.count)
    #expect(abs(sizes.mean - mean) < 1e-4 * mean)
    let learner = Learner(network, sizes: sizes, options: options)
    let start = Small.model.initialState(batchSize: 1)
    let weights = AdaptedWeights(Small.model)
    let once = learner.learn(
      from: Array(text[..<5]), then: text[5], start: start, weights: weights, team: .serial)
    for parameter in network.parameters {
      let found = once.model.network[keyPath: parameter.path].elements
      let begin = network[keyPath: parameter.path].elements
      for (element, gradient) in gradients[keyPath: parameter.path].elements.enumerated() {
        let needed = begin[element] - 0.1 * gradient / (abs(gradient) + 0.25 * mean)
        #expect(abs(found[element] - needed) < 1e-5)
      }
    }
  }
}
