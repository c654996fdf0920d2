import EddyNN

/// Recurrent layers in training.
///
/// `@unchecked Sendable`: whoever uses it uses it alone, with a team.
final class RecurrentPass<Cell: RecurrentCell>: NetworkPass, @unchecked Sendable {
  private let panels: RecurrentPanels<Cell>
  private let forward: ForwardSpace<Cell>
  private let dropouts: RecurrentDropouts
  /// The gradient of each layer's inputs, `[T·B, D]`.
  private let inputGradients: [InputGradient]
  private let projection: ProjectionSpace?
  private var projectionGradients: Linear.GradientViews?
  private var inputs: [Int] = []
  private var update = 0
  private var gradients: [RecurrentLayer<Cell>.GradientViews] = []

  /// What the way back through the projection writes.
  private final class ProjectionSpace: Sendable {
    /// Its inputs as a right-hand side, and their gradient, `[T·B, H]`.
    let packedInputs: PackedMatrix
    let inputGradients: Buffer
    /// The gradient of its outputs as a left-hand side.
    let roundedGradients: RoundedCopy

    init(_ layer: Linear, rows: Int, precision: Precision) {
      packedInputs = PackedMatrix(depth: rows, columns: layer.inputSize, precision: precision)
      inputGradients = Buffer(rows: rows, columns: layer.inputSize)
      roundedGradients = RoundedCopy(
        rows: rows, columns: layer.outputSize, precision: precision)
    }

    var byteCount: Int {
      packedInputs.byteCount + inputGradients.byteCount + roundedGradients.byteCount
    }
  }

  private final class InputGradient: Sendable {
    let values: Buffer
    init(rows: Int, columns: Int) { values = Buffer(rows: rows, columns: columns) }
  }

  init(_ network: RecurrentNetwork<Cell>, options: TrainingOptions, team: ThreadTeam) {
    let rows = options.windowRows
    panels = RecurrentPanels(
      network, forTraining: true, precision: options.precision, team: team)
    forward = ForwardSpace(
      network, capacity: options.longestWindow, batchSize: options.batchSize, forTraining: true,
      precision: options.precision)
    dropouts = RecurrentDropouts(network, options: options)
    projection = network.projection.map {
      ProjectionSpace($0, rows: rows, precision: options.precision)
    }
    inputGradients = network.layers.map { InputGradient(rows: rows, columns: $0.inputSize) }
  }

  func begin(
    inputs: [Int], targets: [Int], state: RecurrentState<Cell>,
    gradients: inout RecurrentNetwork<Cell>, norm: GradientNorm, update: Int
  ) -> [Int] {
    forward.begin(with: state)
    self.inputs = inputs
    self.update = update
    let arrays = Cell.separatesRecurrentSums ? 4 : 3
    self.gradients.removeAll(keepingCapacity: true)
    for index in gradients.layers.indices {
      self.gradients.append(
        gradients.layers[index].mutableViews(norm: norm, index: 1 + arrays * index))
    }
    projectionGradients = gradients.projection.gradientViews(
      norm: norm, index: 1 + arrays * gradients.layers.count)
    return inputs
  }

  func forward(_ network: RecurrentNetwork<Cell>, member: ThreadTeam.Member) {
    for (index, dropout) in dropouts.weights.enumerated() {
      let weights = network.layers[index].recurrentWeights.view
      dropout.forward(weights, batchSize: 1, update: update, member: member)
      panels.layers[index].panels.recurrent.pack(
        dropout.outputs(rows: weights.rows), member: member)
    }
    // The first barrier of what follows comes before these are read.
    forward.forward(
      inputs, network: network, panels: panels, dropouts: dropouts, update: update,
      member: member)
  }

  var top: MatrixView { forward.top(rows: inputs.count) }
  var topOperand: Operand { forward.topOperand(rows: inputs.count) }

  func backward(
    _ dys: MatrixView, network: RecurrentNetwork<Cell>, member: ThreadTeam.Member
  ) -> MatrixView {
    var dys = projected(dys, member: member)
    for index in network.layers.indices.reversed() {
      let dxs = inputGradients[index].values.view.rows(from: 0, count: dys.rows)
      let trace = forward.layers[index]
      trace.trace.beginBackward(member: member)
      network.layers[index].backward(
        dys, trace: trace.trace, gradients: gradients[index], dxs: dxs,
        panels: panels.layers[index].panels, member: member)
      if !dropouts.weights.isEmpty {
        let gradient = gradients[index].recurrentWeights
        dropouts.weights[index].backward(gradient.values, member: member)
        gradient.finish(rows: member.share(of: gradient.values.rows))
      }
      if !dropouts.inputs.isEmpty { dropouts.inputs[index].backward(dxs, member: member) }
      dys = dxs
    }
    return dys
  }

  /// A member's part of the way back to the outputs of the last layer: through the projection, if there is one. Ends
  /// with a barrier.
  private func projected(_ dys: MatrixView, member: ThreadTeam.Member) -> MatrixView {
    guard let projection, let projectionGradients, let packed = panels.projection else {
      return dys
    }
    let dxs = projection.inputGradients.view.rows(from: 0, count: dys.rows)
    projection.packedInputs.pack(forward.outputs(rows: dys.rows), member: member)
    projection.roundedGradients.round(dys, member: member)
    member.barrier()
    Linear.backward(
      projection.roundedGradients.operand(dys), xs: projection.packedInputs,
      into: projectionGradients, dxs: dxs, panels: packed.panels, member: member)
    member.barrier()
    return dxs
  }

  func end(state: inout RecurrentState<Cell>) {
    forward.read(into: &state, after: inputs.count / state.batchSize)
  }

  func update(
    _ views: [MatrixView], member: ThreadTeam.Member,
    by update: (_ index: Int, _ elements: Range<Int>) -> Void
  ) {
    panels.update(views, member: member, by: update)
  }

  var activationBytes: Int {
    inputGradients.reduce(forward.byteCount) { $0 + $1.values.byteCount }
      + (projection?.byteCount ?? 0) + dropouts.byteCount
  }

  var panelBytes: Int { panels.byteCount }
}
