package import EddyNN

/// The packed weights between word vectors and decoder, written by ``update(_:member:by:)`` alone, between barriers, and only
/// by the owner.
package final class RecurrentPanels<Cell: RecurrentCell>: Sendable {
  package let layers: [LayerPanels<Cell>]
  let projection: LinearPanels?
  /// The precision of all products.
  package let precision: Precision

  package init(
    _ network: RecurrentNetwork<Cell>, forTraining: Bool, precision: Precision,
    team: ThreadTeam
  ) {
    self.precision = precision
    layers = network.layers.map {
      LayerPanels($0, forTraining: forTraining, precision: precision, team: team)
    }
    projection = network.projection.map {
      LinearPanels($0, forTraining: forTraining, precision: precision, team: team)
    }
  }

  /// A member's part of changing the layers' weights, and of packing anew what is packed; a barrier must
  /// follow.
  ///
  /// - Parameters:
  ///   - views: All weights of the network.
  ///   - update: Changes a range of elements of one of them.
  package func update(
    _ views: [MatrixView], member: ThreadTeam.Member,
    by update: (_ index: Int, _ elements: Range<Int>) -> Void
  ) {
    var index = 1
    for layer in layers {
      layer.panels.input.pack(views[index], member: member) { [index] in update(index, $0) }
      layer.panels.recurrent.pack(views[index + 1], member: member) { [index] in
        update(index + 1, $0)
      }
      for unpacked in index + 2..<index + (Cell.separatesRecurrentSums ? 4 : 3) {
        update(unpacked, member.share(of: views[unpacked].count, grain: 16))
      }
      index += Cell.separatesRecurrentSums ? 4 : 3
    }
    projection?.update(views, weights: index, bias: index + 1, member: member, by: update)
  }

  package var byteCount: Int {
    layers.reduce(projection?.panels.byteCount ?? 0) { $0 + $1.panels.byteCount }
  }
}

/// The packed weights of one layer, at one place.
package final class LayerPanels<Cell: RecurrentCell>: Sendable {
  package let panels: RecurrentLayer<Cell>.Panels

  init(
    _ layer: RecurrentLayer<Cell>, forTraining: Bool, precision: Precision, team: ThreadTeam
  ) {
    panels = RecurrentLayer<Cell>.Panels(
      layer, forTraining: forTraining, precision: precision, team: team)
  }
}

/// What one window of a recurrent network writes on its way through the layers.
///
/// `@unchecked Sendable`: whoever uses it uses it alone, with a team.
package final class ForwardSpace<Cell: RecurrentCell>: @unchecked Sendable {
  /// The word vectors of the inputs, `[T·B, D]`.
  private let embedded: Buffer
  /// The same as a left-hand side.
  private let roundedEmbedded: RoundedCopy
  let layers: [LayerTrace<Cell>]
  /// The projected outputs, where they are, and the same as a left-hand side.
  private let projected: Buffer
  private let roundedProjected: RoundedCopy
  private let isProjected: Bool

  init(
    _ network: RecurrentNetwork<Cell>, capacity: Int, batchSize: Int, forTraining: Bool,
    precision: Precision
  ) {
    let rows = capacity * batchSize
    embedded = Buffer(rows: rows, columns: network.embedding.size)
    roundedEmbedded = RoundedCopy(
      rows: rows, columns: network.embedding.size, precision: precision)
    layers = network.layers.map { layer in
      LayerTrace(
        layer, capacity: capacity, batchSize: batchSize, forTraining: forTraining,
        precision: precision)
    }
    isProjected = network.projection != nil
    let size = network.decoder.inputSize
    projected = Buffer(rows: isProjected ? rows : 0, columns: size)
    roundedProjected = RoundedCopy(
      rows: isProjected ? rows : 0, columns: size, precision: precision)
  }

  /// Makes room for another number of texts; false if there is none.
  func reshape(batchSize: Int, rows: Int) -> Bool {
    layers.allSatisfy { $0.trace.reshape(batchSize: batchSize, rows: rows) }
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
  func outputs(rows: Int) -> MatrixView {
    let last = layers[layers.count - 1]
    return last.trace.outputs(length: rows / last.trace.batchSize)
  }

  /// What the decoder reads: those outputs, or their projection.
  func top(rows: Int) -> MatrixView {
    isProjected ? projected.view.rows(from: 0, count: rows) : outputs(rows: rows)
  }

  /// The same as a left-hand side.
  func topOperand(rows: Int) -> Operand {
    guard !isProjected else { return roundedProjected.operand(top(rows: rows)) }
    let last = layers[layers.count - 1]
    return last.trace.outputOperand(length: rows / last.trace.batchSize)
  }

  var byteCount: Int {
    let around =
      embedded.byteCount + roundedEmbedded.byteCount + projected.byteCount
      + roundedProjected.byteCount
    return layers.reduce(around) { $0 + $1.trace.byteCount }
  }

  /// A member's part of the forward pass over a window, through all layers; ends with a barrier.
  ///
  /// - Parameters:
  ///   - sums: Where the first layer's sums of the inputs are, if they were computed before.
  ///   - dropouts: What is dropped of word vectors and of the inputs of each layer; nothing without.
  ///   - update: The updates made before.
  func forward(
    _ inputs: [Int], network: RecurrentNetwork<Cell>, panels: RecurrentPanels<Cell>,
    sums: InputSums<Cell>? = nil, dropouts: RecurrentDropouts = .none, update: Int = 0,
    member: ThreadTeam.Member
  ) {
    let rows = inputs.count
    var xs = embedded.view.rows(from: 0, count: rows)
    if sums == nil {
      network.embedding.forward(inputs, into: xs, member: member)
      dropouts.words?.apply(to: xs, words: inputs, update: update, member: member)
      roundedEmbedded.round(xs, member: member)
      member.barrier()
    }
    var operand = roundedEmbedded.operand(xs)
    for (index, layer) in network.layers.enumerated() {
      let (trace, panels) = (layers[index], panels.layers[index])
      if !dropouts.inputs.isEmpty {
        let dropout = dropouts.inputs[index]
        dropout.forward(
          xs, batchSize: trace.trace.batchSize, update: update, member: member)
        xs = dropout.outputs(rows: rows)
        operand = dropout.operand(rows: rows)
      }
      if index == 0, let sums {
        sums.copy(inputs, into: trace.trace.inputSums(rows: rows), member: member)
        member.barrier()
        layer.advance(rows: rows, trace: trace.trace, panels: panels.panels, member: member)
      } else {
        layer.forward(
          xs, operand: operand, trace: trace.trace, panels: panels.panels, member: member)
      }
      let length = rows / trace.trace.batchSize
      xs = trace.trace.outputs(length: length)
      operand = trace.trace.outputOperand(length: length)
    }
    guard let projection = network.projection, let packed = panels.projection else { return }
    projection.forward(operand, into: top(rows: rows), panels: packed.panels, member: member)
    member.barrier()
    roundedProjected.round(top(rows: rows), member: member)
    member.barrier()
  }
}

/// The trace of one layer, at one place.
///
/// `@unchecked Sendable`: see ``ForwardSpace``.
package final class LayerTrace<Cell: RecurrentCell>: @unchecked Sendable {
  var trace: RecurrentLayer<Cell>.Trace

  init(
    _ layer: RecurrentLayer<Cell>, capacity: Int, batchSize: Int, forTraining: Bool,
    precision: Precision
  ) {
    trace = RecurrentLayer<Cell>.Trace(
      layer, capacity: capacity, batchSize: batchSize, forTraining: forTraining,
      precision: precision)
  }
}
