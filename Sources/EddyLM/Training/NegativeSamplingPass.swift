import EddyNN

/// Each word told apart from a few others in place of all. The bias of the layer says how likely each is drawn, and stays what
/// it is.
final class NegativeSamplingPass: OutputPass {
  private let sampling: NegativeSampling
  private let losses: NumberBuffer<Double>

  init(_ layer: Linear, options: TrainingOptions) {
    let rows = options.windowRows
    sampling = NegativeSampling(
      noise: NoiseDistribution(bias: layer.bias), samples: options.negativeSamples, rows: rows,
      seed: options.seed)
    losses = NumberBuffer<Double>(count: rows)
  }

  func run(
    _ window: OutputWindow, layer: Linear, gradients: Linear.GradientViews,
    member: ThreadTeam.Member
  ) {
    sampling.compute(
      window.inputs, layer: layer, targets: window.targets, predicted: window.predicted,
      update: window.update, losses: losses, into: gradients, dxs: window.inputGradients,
      member: member)
    member.barrier()
  }

  func totalLoss(rows: Int) -> Double { losses.sum(first: rows) }

  func update(
    _ views: [MatrixView], weights: Int, bias: Int, member: ThreadTeam.Member,
    by update: (_ index: Int, _ elements: Range<Int>) -> Void
  ) {
    update(weights, member.share(of: views[weights].count, grain: 16))
  }

  var activationBytes: Int { sampling.byteCount + losses.byteCount }
  var panelBytes: Int { 0 }
}
