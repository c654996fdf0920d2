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
