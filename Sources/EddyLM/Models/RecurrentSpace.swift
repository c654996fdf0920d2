package import EddyNN

/// The packed weights of a recurrent network, written by ``pack(_:member:)`` alone, between barriers, and
/// only by the owner.
package final class RecurrentPanels<Cell: RecurrentCell>: Sendable {
  package let layers: [LayerPanels<Cell>]
  package let decoder: Linear.Panels

  package init(_ network: RecurrentNetwork<Cell>, forTraining: Bool, team: ThreadTeam) {
    layers = network.layers.map { LayerPanels($0, forTraining: forTraining, team: team) }
    decoder = Linear.Panels(network.decoder, forTraining: forTraining, team: team)
  }

  /// A member's part of packing the weights anew; a barrier must follow.
  package func pack(_ network: RecurrentNetwork<Cell>, member: ThreadTeam.Member) {
    for (panels, layer) in zip(layers, network.layers) {
      panels.panels.pack(layer.inputWeights.view, layer.recurrentWeights.view, member: member)
    }
    decoder.pack(network.decoder.weights.view, member: member)
  }

  package var byteCount: Int {
    layers.reduce(decoder.byteCount) { $0 + $1.panels.byteCount }
  }
}

/// The packed weights of one layer, at one place.
package final class LayerPanels<Cell: RecurrentCell>: Sendable {
  package let panels: RecurrentLayer<Cell>.Panels

  init(_ layer: RecurrentLayer<Cell>, forTraining: Bool, team: ThreadTeam) {
    panels = RecurrentLayer<Cell>.Panels(layer, forTraining: forTraining, team: team)
  }
}

/// What one window of a recurrent network writes on its way forward.
package final class ForwardSpace<Cell: RecurrentCell>: Sendable {
  /// The word vectors of the inputs, `[T·B, D]`.
  let embedded: Buffer
  let layers: [LayerTrace<Cell>]
  /// The scores of the words, `[T·B, V]`.
  let scores: Buffer

  init(
    _ network: RecurrentNetwork<Cell>, capacity: Int, batchSize: Int, forTraining: Bool
  ) {
    let rows = capacity * batchSize
    embedded = Buffer(rows: rows, columns: network.embedding.size)
    layers = network.layers.map { layer in
      LayerTrace(layer, capacity: capacity, batchSize: batchSize, forTraining: forTraining)
    }
    scores = Buffer(rows: rows, columns: network.vocabularySize)
  }

  func begin(with state: RecurrentState<Cell>) {
    for (layer, state) in zip(layers, state.layers) { layer.trace.begin(with: state) }
  }

  func read(into state: inout RecurrentState<Cell>, after length: Int) {
    for index in layers.indices {
      layers[index].trace.read(into: &state.layers[index], after: length)
    }
  }

  /// The states after these rows of the window.
  func state(afterRows rows: [Int]) -> RecurrentState<Cell> {
    RecurrentState(layers: layers.map { $0.trace.state(afterRows: rows) })
  }

  /// The outputs of the last layer, `[rows, H]`.
  func top(rows: Int) -> MatrixView {
    let last = layers[layers.count - 1]
    return last.trace.outputs(length: rows / last.trace.batchSize)
  }

  var byteCount: Int {
    layers.reduce(embedded.byteCount + scores.byteCount) { $0 + $1.trace.byteCount }
  }

  /// A member's part of the forward pass over a window, to the scores; ends with a barrier.
  func forward(
    _ inputs: [Int], network: RecurrentNetwork<Cell>, panels: RecurrentPanels<Cell>,
    member: ThreadTeam.Member
  ) {
    let rows = inputs.count
    var xs = embedded.view.rows(from: 0, count: rows)
    network.embedding.forward(inputs, into: xs, member: member)
    member.barrier()
    for (index, layer) in network.layers.enumerated() {
      let trace = layers[index]
      layer.forward(
        xs, trace: trace.trace, panels: panels.layers[index].panels, member: member)
      xs = trace.trace.outputs(length: rows / trace.trace.batchSize)
    }
    network.decoder.forward(
      xs, into: scores.view.rows(from: 0, count: rows), panels: panels.decoder, member: member)
    member.barrier()
  }
}

/// The trace of one layer, at one place.
package final class LayerTrace<Cell: RecurrentCell>: Sendable {
  let trace: RecurrentLayer<Cell>.Trace

  init(_ layer: RecurrentLayer<Cell>, capacity: Int, batchSize: Int, forTraining: Bool) {
    trace = RecurrentLayer<Cell>.Trace(
      layer, capacity: capacity, batchSize: batchSize, forTraining: forTraining)
  }
}
