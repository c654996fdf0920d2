package import EddyFiles
package import EddyNN

// How the options of a training are read back from where they were recorded.
extension TrainingOptions {
  /// - Throws: `JSONFieldError` for a field that is missing, of another type or out of its range.
  package init(_ record: JSONRecord) throws(JSONFieldError) {
    self.init()
    func count(_ field: String) throws(JSONFieldError) -> Int {
      try record.integer(field, in: 1...largestCount)
    }
    model = try record.choice("model")
    guard model.network != nil else { throw record.failure("model", "a network") }
    sizes = try NetworkSizes(record, of: model)
    batchSize = try count("batch_size")
    windowLength = try count("window_length")
    epochs = try count("epochs")
    maximumUpdates = try record.optional("maximum_updates", count)
    validateEvery = try record.optional("validate_every", count)
    optimiser = try Optimiser(record.record("optimiser"))
    learningRate = try record.float("learning_rate", from: .leastNonzeroMagnitude)
    schedule = try Schedule(record.record("schedule"))
    if record.value("warm_up") != nil {
      warmUp = try record.integer("warm_up", in: 0...largestCount)
    }
    clip = try record.optional("clip") { field throws(JSONFieldError) in
      try record.float(field, from: .leastNonzeroMagnitude)
    }
    patience = try record.optional("patience", count)
    onDivergence = try record.choice("on_divergence")
    initialRange = try record.optional("initial_range") { field throws(JSONFieldError) in
      try record.float(field, from: .leastNonzeroMagnitude)
    }
    // Not in the records of the first models.
    if record.value("precision") != nil { precision = try record.choice("precision") }
    guard precision.isForTraining else {
      throw record.failure("precision", "float32 or bfloat16: int8 is for models that are trained")
    }
    if record.value("gradient_thinning") != nil {
      gradientThinning = try record.float("gradient_thinning", to: 1)
    }
    func share(_ field: String) throws(JSONFieldError) -> Float {
      try record.value(field) == nil ? 0 : record.float(field, to: Float(1).nextDown)
    }
    dropout = try share("dropout")
    hasVariationalDropout = try record.flag("variational_dropout")
    embeddingDropout = try share("embedding_dropout")
    recurrentDropout = try share("recurrent_dropout")
    labelSmoothing = try share("label_smoothing")
    hasRandomWindows = try record.flag("random_windows")
    averagingPatience =
      try record.value("averaging_patience") == nil ? nil : count("averaging_patience")
    pace = try Pace(record, field: "pace")
    guard recurrentDropout == 0 || !model.hasContext else {
      throw record.failure("recurrent_dropout", "0 for \(model.rawValue)")
    }
    guard labelSmoothing == 0 || gradientThinning == 0 else {
      throw record.failure("label_smoothing", "0 where the gradient is thinned")
    }
    if record.value("negative_samples") != nil {
      negativeSamples = try record.integer("negative_samples", in: Self.sampleCounts)
      guard negativeSamples == 0 || model == .cbow else {
        throw record.failure("negative_samples", "0 for \(model.rawValue)")
      }
      guard negativeSamples == 0 || labelSmoothing == 0 else {
        throw record.failure("label_smoothing", "0 beside negative samples")
      }
    }
    guard let seed = UInt64(try record.string("seed")) else {
      throw record.failure("seed", "a whole number from 0 in a string")
    }
    self.seed = seed
  }
}

extension Pace {
  /// - Throws: `JSONFieldError` if it is no list of changes, each after the one before.
  fileprivate init(_ record: JSONRecord, field: String) throws(JSONFieldError) {
    self.init()
    guard let value = record.value(field) else { return }
    guard let list = value.array else { throw record.failure(field, "a list") }
    for item in list {
      let change = try JSONRecord(item, name: field)
      let updates = try change.integer("updates", in: (changes.last?.updates ?? 0)...largestCount)
      self.change(
        after: updates, to: try change.integer("total", in: updates + 1...largestCount + 1))
    }
  }
}

/// The largest count or size that is believed.
private let largestCount = 1_000_000_000

extension Optimiser {
  private enum Name: String, CaseIterable { case sgd, adamw }

  package init(_ record: JSONRecord) throws(JSONFieldError) {
    switch try record.choice("name", of: Name.self) {
    case .sgd: self = .sgd
    case .adamw:
      self = .adamW(
        beta1: try record.float("beta1", to: 1), beta2: try record.float("beta2", to: 1),
        epsilon: try record.float("epsilon"), weightDecay: try record.float("weight_decay"))
    }
  }
}

extension Schedule {
  private enum Name: String, CaseIterable {
    case constant, step, cosine, plateau
    case oneCycle = "one-cycle"
  }

  package init(_ record: JSONRecord) throws(JSONFieldError) {
    switch try record.choice("name", of: Name.self) {
    case .constant: self = .constant
    case .cosine: self = .cosine
    case .oneCycle: self = .oneCycle
    case .plateau: self = .plateau
    case .step:
      self = .step(
        factor: try record.number("factor", in: Double.leastNonzeroMagnitude...1),
        after: try record.integer("after", in: 1...Int(Int32.max)))
    }
  }
}

extension JSONRecord {
  /// A float from its shortest decimal number.
  fileprivate func float(
    _ field: String, from least: Float = 0, to greatest: Float = .greatestFiniteMagnitude
  ) throws(JSONFieldError) -> Float {
    Float(try number(field, in: Double(least)...Double(greatest)))
  }
}
