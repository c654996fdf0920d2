package import EddyFiles
import EddyNN

// The state of a trainer as tensors and numbers of a file.
extension TrainerState {
  /// Adds all arrays, under PyTorch's names where there are some.
  package func add(to writer: inout SafetensorsWriter) {
    var copy = self
    copy.changeTensors { name, matrix in
      let matrix = matrix
      writer.add(name, shape: [matrix.rows, matrix.columns]) { sink in
        try matrix.withSpan { try sink($0) }
      }
    }
  }

  /// The numbers that are no arrays.
  package var record: JSON {
    .object([
      "updates": .integer(Int64(updates)), "setbacks": .integer(Int64(setbacks)),
      "setbacks_in_a_row": .integer(Int64(setbacksInARow)),
      "halvings": .integer(Int64(halvings)), "best": best?.record ?? .null,
      "awaits_validation": .bool(awaitsValidation),
      "beta1_power": .number(optimiser.powers.beta1),
      "beta2_power": .number(optimiser.powers.beta2),
    ])
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
    try Self.checkTensors(
      of: file, vocabularySize: vocabularySize, options: options, besides: besides)
    self.init(
      network: RecurrentNetwork(vocabularySize: vocabularySize, sizes: options.sizes),
      options: options)
    let counts = 0...Int(Int64.max >> 10)
    updates = try record.integer("updates", in: counts)
    setbacks = try record.integer("setbacks", in: counts)
    setbacksInARow = try record.integer("setbacks_in_a_row", in: counts)
    halvings = try record.integer("halvings", in: 0...DivergenceResponse.halvingLimit)
    awaitsValidation = record.value("awaits_validation") == .bool(true)
    best = try record.optional("best") { field throws(JSONFieldError) in
      try Evaluation(record.record(field))
    }
    optimiser.powers = .init(
      beta1: try record.number("beta1_power", in: 0...1),
      beta2: try record.number("beta2_power", in: 0...1))
    try changeTensors { name, matrix in
      try unsafe matrix.withUnsafeMutableBytes { try unsafe file.read(name, into: $0) }
    }
  }

  private static func checkTensors(
    of file: Safetensors, vocabularySize: Int, options: TrainingOptions, besides: Set<String>
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
    for shape in RecurrentNetwork<Cell>.shapes(vocabularySize: vocabularySize, sizes: sizes) {
      try check(shape.name, shape.rows, shape.columns)
      if options.optimiser != .sgd {
        try check("optimiser.mean.\(shape.name)", shape.rows, shape.columns)
        try check("optimiser.square.\(shape.name)", shape.rows, shape.columns)
      }
    }
    for index in 0..<sizes.layers {
      try check("state.hidden_l\(index)", options.batchSize, sizes.hidden)
      if Cell.hasCell { try check("state.cell_l\(index)", options.batchSize, sizes.hidden) }
    }
    try file.requireTensors(names)
  }

  private mutating func changeTensors<Failure: Error>(
    _ body: (String, inout Matrix) throws(Failure) -> Void
  ) throws(Failure) {
    for (index, parameter) in network.parameters.enumerated() {
      try body(parameter.name, &network[keyPath: parameter.path])
      guard !optimiser.means.isEmpty else { continue }
      try body("optimiser.mean.\(parameter.name)", &optimiser.means[index])
      try body("optimiser.square.\(parameter.name)", &optimiser.squares[index])
    }
    for index in recurrent.layers.indices {
      try body("state.hidden_l\(index)", &recurrent.layers[index].hidden)
      if Cell.hasCell { try body("state.cell_l\(index)", &recurrent.layers[index].cell) }
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
        bytes: try record.integer("bytes", in: counts)))
  }
}
