import EddyNN

/// The packed weights of a linear layer, at one place, written by ``update(_:index:member:by:)`` alone.
final class LinearPanels: Sendable {
  let panels: Linear.Panels

  init(_ layer: Linear, forTraining: Bool, precision: Precision, team: ThreadTeam) {
    panels = Linear.Panels(layer, forTraining: forTraining, precision: precision, team: team)
  }

  /// A member's part of changing the weights and the bias, which stand at these places of all weights, and of packing them
  /// anew; a barrier must follow.
  func update(
    _ views: [MatrixView], weights: Int, bias: Int, member: ThreadTeam.Member,
    by update: (_ index: Int, _ elements: Range<Int>) -> Void
  ) {
    panels.weights.pack(views[weights], member: member) { update(weights, $0) }
    update(bias, member.share(of: views[bias].count, grain: 16))
  }
}

/// A layer that some networks have.
extension Linear? {
  /// The layer, for whoever knows that it is there.
  var required: Linear {
    get {
      guard let self else { preconditionFailure("This network has no such layer.") }
      return self
    }
    set { self = newValue }
  }

  /// Views of a layer of gradients, to be overwritten, if there is one.
  ///
  /// - Parameter norm: Told of the weights' rows, as the gradients at `index`.
  mutating func gradientViews(norm: GradientNorm, index: Int) -> Linear.GradientViews? {
    guard let weights = self?.weights.mutableView(), let bias = self?.bias.mutableView()
    else { return nil }
    return Linear.GradientViews(
      weights: GradientView(weights, norm: norm, index: index), bias: bias)
  }
}
