import EddyFiles
import EddyLM
import EddyNN
import Testing

@Suite("recorded options")
struct TrainingRecordTests {
  private func read(_ json: JSON) throws -> TrainingOptions {
    try TrainingOptions(JSONRecord(json, name: "options"))
  }

  @Test("are read back to the same bits", arguments: 0..<200)
  func roundTrip(seed: UInt64) throws {
    var random = PhiloxSequence(seed: seed, purpose: .initialWeights)
    func float() -> Float {
      let bits = UInt32(truncatingIfNeeded: random.next())
      let value = Float(bitPattern: bits & 0x7F7F_FFFF)
      return value > 0 ? value : 1
    }
    func share() -> Float { Float(random.next() >> 40) / 0x1p24 }
    var options = TrainingOptions()
    options.model = ModelKind.networks[Int(seed) % 6]
    options.sizes = options.model.fitted(NetworkSizes(embedding: 7, hidden: 50_000, layers: 3))
    options.optimiser =
      seed % 2 == 0
      ? .sgd : .adamW(beta1: share(), beta2: share(), epsilon: float(), weightDecay: float())
    options.learningRate = float()
    options.schedule =
      [.constant, .cosine, .plateau, .oneCycle, .step(factor: 1 / Double(seed + 3), after: 4)][
        Int(seed) % 5]
    options.warmUp = Int(seed) % 4
    options.dropout = seed % 2 == 0 ? 0 : share()
    options.hasVariationalDropout = seed % 6 == 1
    options.embeddingDropout = seed % 3 == 1 ? 0 : share()
    options.recurrentDropout = options.model.hasContext || seed % 4 == 3 ? 0 : share()
    options.hasRandomWindows = seed % 3 == 2
    options.averagingPatience = seed % 5 == 2 ? nil : 5
    if seed % 4 == 2 { options.pace.change(after: 3, to: 11) }
    options.negativeSamples = options.model == .cbow ? Int(seed) : 0
    options.sizes.isTied = !options.model.hasContext && seed % 3 == 0
    options.clip = seed % 3 == 0 ? nil : float()
    options.initialRange = seed % 5 == 0 ? nil : float()
    options.maximumUpdates = seed % 7 == 0 ? nil : 12
    options.validateEvery = seed % 7 == 1 ? nil : 13
    options.patience = seed % 7 == 2 ? nil : 14
    options.onDivergence = seed % 2 == 0 ? .stop : .halve
    options.precision = seed % 3 == 1 ? .bfloat16 : .float32
    options.gradientThinning = seed % 4 == 1 ? 0 : share()
    if options.gradientThinning == 0, options.negativeSamples == 0 {
      options.labelSmoothing = share()
    }
    options.seed = random.next()
    let text = options.json.serialized
    #expect(try read(JSON(parsing: Array(text.utf8))) == options)
  }

  @Test(
    "out of range, of another type, missing: refused by name",
    arguments: [
      ("hidden_size", 0), ("hidden_size", -1), ("hidden_size", 2_147_483_648), ("layers", 1.5),
      ("layers", "1"), ("layers", nil), ("batch_size", nil), ("learning_rate", 0),
      ("learning_rate", -1), ("learning_rate", 1e300), ("model", "cnn"), ("seed", 5),
      ("seed", "-1"), ("schedule", "cosine"), ("schedule", ["name": "step"]), ("optimiser", nil),
      ("optimiser", ["name": "adamw", "beta1": 2]), ("on_divergence", "carry on"), ("clip", 0),
      ("dropout", 1), ("warm_up", -1),
    ] as [(String, JSON)])
  func refused(field: String, value: JSON) throws {
    var members = try #require(TrainingOptions().json.object)
    members[field] = value
    let error = #expect(throws: JSONFieldError.self) { try read(.object(members)) }
    #expect(try #require(error).field.hasPrefix("options.\(field)"))
    members[field] = nil
    // Not in the records of the first models.
    guard !["dropout", "warm_up"].contains(field) else { return }
    #expect(throws: JSONFieldError.self) { try read(.object(members)) }
  }

  @Test("what the first models' records do not say is what there was then")
  func defaults() throws {
    var members = try #require(TrainingOptions().json.object)
    members["precision"] = nil
    members["gradient_thinning"] = nil
    let options = try read(.object(members))
    #expect(options.precision == .float32 && options.gradientThinning == 0)
    #expect(options == TrainingOptions())
  }

  @Test(
    "what is there must be right all the same",
    arguments: [
      ("precision", "half"), ("precision", 16), ("precision", .null), ("gradient_thinning", 1.5),
      ("gradient_thinning", -0.5), ("gradient_thinning", "0.5"), ("gradient_thinning", .null),
    ] as [(String, JSON)])
  func optionalFields(field: String, value: JSON) throws {
    var members = try #require(TrainingOptions().json.object)
    members[field] = value
    let error = #expect(throws: JSONFieldError.self) { try read(.object(members)) }
    #expect(try #require(error).field == "options.\(field)")
  }

  @Test("the least and the largest ε", arguments: [Float.leastNonzeroMagnitude, 1])
  func extremes(epsilon: Float) throws {
    var options = TrainingOptions()
    options.gradientThinning = epsilon
    #expect(try read(JSON(parsing: Array(options.json.serialized.utf8))) == options)
  }

  @Test("a training is refused what its checkpoint could not be read back with")
  func checked() throws {
    func field(_ change: (inout TrainingOptions) -> Void) throws -> String? {
      var options = TrainingOptions()
      change(&options)
      do { try options.check(tokens: 10_000, vocabulary: 100) } catch {
        guard case .option(let field, _) = error else { throw error }
        return field
      }
      return nil
    }
    #expect(try field { _ in } == nil)
    #expect(try field { $0.sizes.layers = 501 } == "options.layers")
    #expect(try field { $0.sizes.hidden = 65_537 } == "options.hidden_size")
    #expect(try field { $0.batchSize = 0 } == "options.batch_size")
    #expect(try field { $0.learningRate = .nan } == "options.learning_rate")
    #expect(try field { $0.clip = 0 } == "options.clip")
    #expect(try field { $0.precision = .int8 } == "options.precision")
    #expect(try field { $0.precision = .bfloat16 } == nil)
    for epsilon in [2, -1, Float.nan, .infinity] {
      #expect(try field { $0.gradientThinning = epsilon } == "options.gradient_thinning")
    }
  }

  @Test(
    "the softmax gradient is thinned where there are enough words for it to save anything",
    arguments: [(3_999, 0), (4_000, 0.002), (100_000, 0.002)] as [(Int, Float)])
  func suitedThinning(vocabulary: Int, epsilon: Float) {
    let options = TrainingOptions.suited(tokens: 1_000_000, vocabulary: vocabulary)
    #expect(options.gradientThinning == epsilon)
  }

  @Test("what suits a text follows the size and the epochs that are asked for")
  func suited() {
    func options(hidden: Int? = nil, epochs: Double? = nil) -> TrainingOptions {
      .suited(tokens: 1_000_000, vocabulary: 10_000, hidden: hidden, epochs: epochs)
    }
    #expect(options(epochs: 40).dropout > options(epochs: 4).dropout)
    #expect(options(hidden: 1000).dropout > options(hidden: 400).dropout)
    let rnn = TrainingOptions.suited(to: .rnn, tokens: 1_000_000, vocabulary: 10_000)
    #expect(rnn.learningRate < options().learningRate)
    let characters = TrainingOptions.suited(tokens: 1_000_000, vocabulary: 100, epochs: 4)
    #expect(characters.dropout < options(epochs: 4).dropout)
    #expect(options(epochs: 2.5).epochs == 3)
    let small = TrainingOptions.suited(tokens: 20_000, vocabulary: 1000, epochs: 4)
    #expect(small.dropout > options(epochs: 4).dropout)
    #expect(options(hidden: 1000).learningRate < options(hidden: 300).learningRate)
    #expect(options(hidden: 1000).sizes.embedding == 500)
    let window = TrainingOptions.suited(to: .window, tokens: 1_000_000, vocabulary: 10_000)
    #expect(window.sizes.hidden == window.sizes.embedding && window.dropout == 0)
    let cbow = TrainingOptions.suited(to: .cbow, tokens: 1_000_000, vocabulary: 10_000)
    #expect(cbow.epochs == 2 * window.epochs)
  }
}
