import EddyNN

/// The last layer of a network in training: from its inputs to the losses, and back.
///
/// Members of the team call its functions.
protocol OutputPass: Sendable {
  /// A member's part of the losses and of all gradients; ends with a barrier.
  func run(
    _ window: OutputWindow, layer: Linear, gradients: Linear.GradientViews,
    member: ThreadTeam.Member)

  /// The sum of the losses of the last window, in nats.
  ///
  /// - Parameter rows: `T·B` of that window.
  func totalLoss(rows: Int) -> Double

  /// A member's part of changing the layer's weights and bias, which stand at these places of all weights; a barrier must
  /// follow.
  func update(
    _ views: [MatrixView], weights: Int, bias: Int, member: ThreadTeam.Member,
    by update: (_ index: Int, _ elements: Range<Int>) -> Void
  )

  /// Bytes that grow with `T·B`, and bytes of packed weights.
  var activationBytes: Int { get }
  var panelBytes: Int { get }
}

/// What the last layer reads and writes in one window.
struct OutputWindow {
  /// Its inputs, `[T·B, H]`, and the same as a left-hand side.
  let inputs: MatrixView
  let operand: Operand
  /// The word that follows each.
  let targets: [Int]
  /// How many of them are predicted.
  let predicted: Int
  /// The updates made before.
  let update: Int
  /// The gradient of the inputs: replaced.
  let inputGradients: MatrixView
}
