import CEddyKernels

/// An Elman network's layer.
///
/// One step computes, for a batch of `B` sequences, `D` inputs and `H` hidden units,
///
/// ```
/// h ← tanh(x·Wxᵀ + h·Whᵀ + b)           [B, H]
/// ```
///
/// Its backward pass gives the gradients of `x`, of the `h` before, and of `Wx`, `Wh` and `b`.
///
/// Source: Elman, «Finding structure in time», Cognitive Science 14, 1990; Saito, «Deep Learning from
/// Scratch 2», chapter 5.
public typealias RNN = RecurrentLayer<RNNCell>

/// The equations of ``RNN``.
public enum RNNCell: RecurrentCell {
  public static let name = "rnn"
  public static let gateCount = 1
  public static let hasCell = false
  public static let separatesRecurrentSums = false

  public static func forward(_ step: CellStep, units: Range<Int>) {
    unsafe Kernels.best.table.pointee.rnn_forward(
      step.hidden.base, step.gates.base, step.hidden.rows, step.hidden.columns, units.lowerBound,
      units.upperBound)
  }

  public static func backward(
    _ step: CellStep, gradients: CellStepGradients, units: Range<Int>
  ) {
    unsafe Kernels.best.table.pointee.rnn_backward(
      gradients.gates.base, gradients.above.base, gradients.future.base, step.hidden.base,
      step.hidden.rows, step.hidden.columns, units.lowerBound, units.upperBound)
  }
}
