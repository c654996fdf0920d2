import EddyNN

/// The softmax over all words, with its whole gradient or a thinned one.
final class SoftmaxPass: OutputPass {
  private let panels: LinearPanels
  private let precision: Precision
  private let smoothing: Float
  /// The scores of the words, then their gradient, `[T·B, V]`.
  private let scores: Buffer
  /// The inputs as a right-hand side; of use to the whole gradient alone.
  private let packedInputs: PackedMatrix
  private let thinned: ThinnedGradient?
  private let losses: NumberBuffer<Double>

  init(_ layer: Linear, options: TrainingOptions, team: ThreadTeam) {
    let rows = options.windowRows
    precision = options.precision
    smoothing = options.labelSmoothing
    panels = LinearPanels(layer, forTraining: true, precision: precision, team: team)
    scores = Buffer(rows: rows, columns: layer.outputSize)
    let isThinned = options.gradientThinning > 0
    packedInputs = PackedMatrix(
      depth: isThinned ? 0 : rows, columns: layer.inputSize, precision: precision)
    thinned =
      isThinned
      ? ThinnedGradient(
        epsilon: options.gradientThinning, seed: options.seed, rows: rows,
        columns: layer.outputSize, inputs: layer.inputSize, precision: precision, team: team)
      : nil
    losses = NumberBuffer<Double>(count: rows)
  }

  func run(
    _ window: OutputWindow, layer: Linear, gradients: Linear.GradientViews,
    member: ThreadTeam.Member
  ) {
    let scores = scores.view.rows(from: 0, count: window.inputs.rows)
    layer.forward(window.operand, into: scores, panels: panels.panels, member: member)
    member.barrier()
    if let thinned {
      thinned.compute(
        scores, targets: window.targets, predicted: window.predicted, update: window.update,
        losses: losses, precision: precision, member: member)
      thinned.backward(
        scores, xs: window.inputs, into: gradients, dxs: window.inputGradients,
        panels: panels.panels, member: member)
    } else {
      SoftmaxCrossEntropy.gradient(
        scores, targets: window.targets, predicted: window.predicted, smoothing: smoothing,
        losses: losses, precision: precision, member: member)
      packedInputs.pack(window.inputs, member: member)
      member.barrier()
      Linear.backward(
        SoftmaxCrossEntropy.operand(scores, precision: precision), xs: packedInputs,
        into: gradients, dxs: window.inputGradients, panels: panels.panels, member: member)
    }
    member.barrier()
  }

  func totalLoss(rows: Int) -> Double { losses.sum(first: rows) }

  func update(
    _ views: [MatrixView], weights: Int, bias: Int, member: ThreadTeam.Member,
    by update: (_ index: Int, _ elements: Range<Int>) -> Void
  ) {
    panels.update(views, weights: weights, bias: bias, member: member, by: update)
  }

  var activationBytes: Int {
    scores.byteCount + packedInputs.byteCount + losses.byteCount + (thinned?.byteCount ?? 0)
  }
  var panelBytes: Int { panels.panels.byteCount }
}
