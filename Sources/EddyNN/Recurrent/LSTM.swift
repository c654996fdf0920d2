import CEddyKernels

/// A long short-term memory layer.
///
/// One step computes, for a batch of `B` sequences, `D` inputs and `H` hidden units,
///
/// ```
/// a = x·Wxᵀ + h·Whᵀ + b                 [B, 4H], gates in the order i f g o
/// c ← σ(f) ⊙ c + σ(i) ⊙ tanh(g)         [B, H]
/// h ← σ(o) ⊙ tanh(c)                    [B, H]
/// ```
///
/// Source: Hochreiter & Schmidhuber, «Long short-term memory», Neural Computation 9, 1997, with the
/// forget gate of Gers et al., 2000; gate order as in PyTorch.
public typealias LSTM = RecurrentLayer<LSTMCell>

/// The equations of ``LSTM``.
public enum LSTMCell: RecurrentCell {
  public static let name = "lstm"
  public static let gateCount = 4
  public static let hasCell = true
  public static let separatesRecurrentSums = false

  public static func forward(_ step: CellStep, units: Range<Int>) {
    unsafe Kernels.best.table.pointee.lstm_forward(
      step.hidden.base, step.cell.base, step.tanhCell.base, step.gates.base, step.cellBefore.base,
      step.hidden.rows, step.hidden.columns, units.lowerBound, units.upperBound)
  }

  public static func backward(
    _ step: CellStep, gradients: CellStepGradients, units: Range<Int>
  ) {
    unsafe Kernels.best.table.pointee.lstm_backward(
      gradients.gates.base, gradients.cell.base, gradients.above.base, gradients.future.base,
      step.gates.base, step.tanhCell.base, step.cellBefore.base, step.hidden.rows,
      step.hidden.columns, units.lowerBound, units.upperBound)
  }
}
