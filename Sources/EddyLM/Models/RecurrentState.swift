public import EddyNN

/// What a recurrent network hands from one token to the next: the state of each layer.
public struct RecurrentState<Cell: RecurrentCell>: StreamState {
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
