package import EddyFiles
import EddyNN

// The state of a trainer as tensors and numbers of a file.
extension TrainerState {
  /// Adds all arrays, under PyTorch's names where there are some.
  package func add(to writer: inout SafetensorsWriter) {
    var copy = self
    copy.changeTensors { name, matrix in writer.add(name, matrix) }
    streams.add(to: &writer)
  }

  /// The numbers that are no arrays.
  package var record: JSON {
    var members: [String: JSON] = [
      "updates": .integer(Int64(updates)),
      "validation_losses": .array(validationLosses.map { .number($0) }),
      "setbacks": .integer(Int64(setbacks)),
      "setbacks_in_a_row": .integer(Int64(setbacksInARow)),
      "halvings": .integer(Int64(halvings)), "best": best?.record ?? .null,
      "awaits_validation": .bool(awaitsValidation),
      "beta1_power": .number(optimiser.powers.beta1),
      "beta2_power": .number(optimiser.powers.beta2),
    ]
    if let average { members["averaged"] = .integer(Int64(average.count)) }
    return .object(members)
  }

  /// Reads a state back, to the same bits.
  ///
  /// - Parameters:
  ///   - record: What ``record`` gave.
  ///   - vocabularySize: `V` of the training that goes on.
  ///   - options: The options of the training that goes on: they give every shape.
  ///   - besides: The tensors of the file that are not the state's.
  /// - Throws: `FileError` if the file belongs to another training, `JSONFieldError`; nothing is
  ///   allocated before every shape was compared.
  package init(
    reading file: Safetensors, record: JSONRecord, vocabularySize: Int, options: TrainingOptions,
    besides: Set<String> = []
  ) throws {
    let counts = 0...Int(Int64.max >> 10)
    let averaged =
      try record.value("averaged") == nil
      ? nil : record.integer("averaged", in: 1...counts.upperBound)
    try Self.checkTensors(
      of: file, vocabularySize: vocabularySize, options: options, isAveraged: averaged != nil,
      besides: besides)
    self.init(
      network: Network(vocabularySize: vocabularySize, sizes: options.sizes),
      options: options)
    updates = try record.integer("updates", in: counts)
    // Not in the first checkpoints.
    validationLosses = (record.value("validation_losses")?.array ?? []).compactMap(\.number)
    average = averaged.map { AverageNetwork(of: network, count: $0) }
    setbacks = try record.integer("setbacks", in: counts)
    setbacksInARow = try record.integer("setbacks_in_a_row", in: counts)
    halvings = try record.integer("halvings", in: 0...DivergenceResponse.halvingLimit)
    awaitsValidation = try record.flag("awaits_validation")
    best = try record.optional("best") { field throws(JSONFieldError) in
      try Evaluation(record.record(field))
    }
    optimiser.powers = .init(
      beta1: try record.number("beta1_power", in: 0...1),
      beta2: try record.number("beta2_power", in: 0...1))
    try changeTensors { name, matrix in try file.read(name, into: &matrix) }
    try streams.read(from: file)
  }

  private static func checkTensors(
    of file: Safetensors, vocabularySize: Int, options: TrainingOptions, isAveraged: Bool,
    besides: Set<String>
  ) throws(FileError) {
    let sizes = options.sizes
    guard sizes.layers <= file.tensors.count else {
      throw FileError(
        path: file.path,
        reason: "\(file.tensors.count) tensors; \(sizes.layers) layers have more than that.")
    }
    var names = besides
    func check(_ name: String, _ rows: Int, _ columns: Int) throws(FileError) {
      _ = try file.tensor(name, shape: [rows, columns], dtype: .float32)
      names.insert(name)
    }
    for shape in Network.shapes(vocabularySize: vocabularySize, sizes: sizes) {
      try check(shape.name, shape.rows, shape.columns)
      if isAveraged { try check("average.\(shape.name)", shape.rows, shape.columns) }
      if options.optimiser != .sgd {
        try check("optimiser.mean.\(shape.name)", shape.rows, shape.columns)
        try check("optimiser.square.\(shape.name)", shape.rows, shape.columns)
      }
    }
    names.formUnion(
      try Network.State.checkTensors(of: file, sizes: sizes, batchSize: options.batchSize))
    try file.requireTensors(names)
  }

  private mutating func changeTensors<Failure: Error>(
    _ body: (String, inout Matrix) throws(Failure) -> Void
  ) throws(Failure) {
    for (index, parameter) in network.parameters.enumerated() {
      try body(parameter.name, &network[keyPath: parameter.path])
      if var mean = average {
        average = nil
        defer { average = mean }
        try body("average.\(parameter.name)", &mean.network[keyPath: parameter.path])
      }
      guard !optimiser.means.isEmpty else { continue }
      try body("optimiser.mean.\(parameter.name)", &optimiser.means[index])
      try body("optimiser.square.\(parameter.name)", &optimiser.squares[index])
    }
  }
}

extension Evaluation {
  /// The counts and sums as they stand in a checkpoint.
  fileprivate var record: JSON {
    .object([
      "tokens": .integer(Int64(tokens)), "vocabulary": .integer(Int64(vocabularySize)),
      "unknown_tokens": .integer(Int64(unknownTokens)),
      "log_probability": .number(logProbability),
      "known_log_probability": .number(knownLogProbability),
      "characters": .integer(Int64(size.characters)), "bytes": .integer(Int64(size.bytes)),
      "words": .integer(Int64(size.words)),
    ])
  }

  fileprivate init(_ record: JSONRecord) throws(JSONFieldError) {
    let counts = 0...Int(Int64.max >> 10)
    let sums = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    let tokens = try record.integer("tokens", in: 1...counts.upperBound)
    self.init(
      tokens: tokens, vocabularySize: try record.integer("vocabulary", in: counts),
      unknownTokens: try record.integer("unknown_tokens", in: 0...tokens),
      logProbability: try record.number("log_probability", in: sums),
      knownLogProbability: try record.number("known_log_probability", in: sums),
      size: TextSize(
        characters: try record.integer("characters", in: counts),
        bytes: try record.integer("bytes", in: counts),
        // Not in the first checkpoints.
        words: record.value("words") == nil ? 0 : try record.integer("words", in: counts)))
  }
}
