public import EddyFiles
public import EddyNN

/// What a recurrent network hands from one token to the next: the state of each layer.
public struct RecurrentState<Cell: RecurrentCell>: NetworkState {
  /// The first layer's state first.
  public var layers: [RecurrentLayer<Cell>.State]

  package init(layers: [RecurrentLayer<Cell>.State]) { self.layers = layers }

  public var batchSize: Int { layers[0].batchSize }

  public func rows(_ indices: [Int]) -> RecurrentState {
    RecurrentState(layers: layers.map { $0.rows(indices) })
  }

  public init(joining parts: [RecurrentState]) {
    precondition(!parts.isEmpty, "RecurrentState(joining:) needs at least one part.")
    layers = parts[0].layers.indices.map { index in
      RecurrentLayer<Cell>.State(joining: parts.map { $0.layers[index] })
    }
  }
}

// In checkpoints: `state.hidden_l0`, `state.cell_l0` where cells have one, and so on.
extension RecurrentState {
  private static func hidden(_ layer: Int) -> String { "state.hidden_l\(layer)" }
  private static func cell(_ layer: Int) -> String { "state.cell_l\(layer)" }

  public static func checkTensors(
    of file: Safetensors, sizes: NetworkSizes, batchSize: Int
  ) throws(FileError) -> [String] {
    let names = (0..<sizes.layers).flatMap { layer in
      Cell.hasCell ? [hidden(layer), cell(layer)] : [hidden(layer)]
    }
    for name in names {
      _ = try file.tensor(name, shape: [batchSize, sizes.hidden], dtype: .float32)
    }
    return names
  }

  public func add(to writer: inout SafetensorsWriter) {
    for (index, layer) in layers.enumerated() {
      writer.add(Self.hidden(index), layer.hidden)
      if Cell.hasCell { writer.add(Self.cell(index), layer.cell) }
    }
  }

  public mutating func read(from file: Safetensors) throws {
    for index in layers.indices {
      try file.read(Self.hidden(index), into: &layers[index].hidden)
      if Cell.hasCell { try file.read(Self.cell(index), into: &layers[index].cell) }
    }
  }
}
