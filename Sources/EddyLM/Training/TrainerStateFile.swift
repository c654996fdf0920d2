import EddyFiles
import EddyNN
public import SystemPackage

// The whole state of a training as one safetensors file.
extension TrainerState {
  /// Writes the state, whole or not at all.
  ///
  /// - Throws: `FileError`
  public func write(to path: FilePath) throws {
    var writer = SafetensorsWriter(metadata: [
      "eddy.trainer": JSON.object([
        "format": 1, "model": .string(Cell.name), "updates": .integer(Int64(updates)),
        "setbacks": .integer(Int64(setbacks)),
        "setbacks_in_a_row": .integer(Int64(setbacksInARow)),
        "best_loss": bestLoss.map { .number($0) } ?? .null,
        "beta1_power": .number(optimiser.powers.beta1),
        "beta2_power": .number(optimiser.powers.beta2),
      ]).serialized
    ])
    for (name, matrix) in tensors {
      writer.add(name, shape: [matrix.rows, matrix.columns]) { sink in
        try matrix.withSpan { try sink($0) }
      }
    }
    try writer.write(to: path)
  }

  /// Reads a state back, to the same bits.
  ///
  /// - Parameters:
  ///   - vocabularySize: `V` of the training that goes on.
  ///   - options: The options of the training that goes on: they give every shape.
  /// - Throws: `FileError` if the file is damaged or belongs to another training.
  public init(
    readingFrom path: FilePath, vocabularySize: Int, options: TrainingOptions
  ) throws {
    let file = try Safetensors(path: path)
    try file.verifyChecksum()
    self.init(
      network: RecurrentNetwork(vocabularySize: vocabularySize, sizes: options.sizes),
      options: options)
    let record = try file.metadata["eddy.trainer"].map { try JSON(parsing: Array($0.utf8)) }
    func number(_ field: String) throws(FileError) -> Double {
      guard let value = record?[field]?.number, value >= 0, value < 0x1p53 else {
        throw FileError(path: path, reason: "'eddy.trainer' needs a number '\(field)'.")
      }
      return value
    }
    guard record?["format"] == 1, record?["model"]?.string == Cell.name else {
      throw FileError(
        path: path, reason: "Holds no state of a training of this version and of \(Cell.name).")
    }
    updates = Int(try number("updates"))
    setbacks = Int(try number("setbacks"))
    setbacksInARow = Int(try number("setbacks_in_a_row"))
    bestLoss = record?["best_loss"]?.number
    optimiser.powers = .init(beta1: try number("beta1_power"), beta2: try number("beta2_power"))
    try file.requireTensors(Set(tensors.map(\.name)))
    for (name, matrix) in tensors {
      _ = try file.tensor(name, shape: [matrix.rows, matrix.columns])
    }
    try changeTensors { name, matrix in
      try unsafe matrix.withUnsafeMutableBytes { try unsafe file.read(name, into: $0) }
    }
  }

  /// Every matrix of the state under its name in files.
  private var tensors: [(name: String, matrix: Matrix)] {
    var copy = self
    var list: [(String, Matrix)] = []
    copy.changeTensors { list.append(($0, $1)) }
    return list
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
