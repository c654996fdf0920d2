import CEddyKernels

/// A gated recurrent unit's layer, in the variant that applies the reset gate after the product.
///
/// One step computes, for a batch of `B` sequences, `D` inputs and `H` hidden units,
///
/// ```
/// a = x·Wxᵀ + b,  s = h·Whᵀ + b′         [B, 3H], gates in the order r z n
/// r = σ(aʳ + sʳ),  z = σ(aᶻ + sᶻ)        [B, H]
/// n = tanh(aⁿ + r ⊙ sⁿ)                 [B, H]
/// h ← (1 − z) ⊙ n + z ⊙ h               [B, H]
/// ```
///
/// Source: Cho et al., «Learning phrase representations using RNN encoder–decoder», EMNLP 2014, in
/// PyTorch's variant and gate order.
public typealias GRU = RecurrentLayer<GRUCell>

/// The equations of ``GRU``.
public enum GRUCell: RecurrentCell {
  public static let name = "gru"
  public static let gateCount = 3
  public static let hasCell = false
  public static let separatesRecurrentSums = true

  public static func forward(_ step: CellStep, units: Range<Int>) {
    unsafe Kernels.best.table.pointee.gru_forward(
      step.hidden.base, step.gates.base, step.recurrentSums.base, step.hiddenBefore.base,
      step.hidden.rows, step.hidden.columns, units.lowerBound, units.upperBound)
  }

  public static func backward(
    _ step: CellStep, gradients: CellStepGradients, units: Range<Int>
  ) {
    unsafe Kernels.best.table.pointee.gru_backward(
      gradients.gates.base, gradients.recurrentSums.base, gradients.above.base,
      gradients.future.base, step.gates.base, step.recurrentSums.base, step.hiddenBefore.base,
      step.hidden.rows, step.hidden.columns, units.lowerBound, units.upperBound)
  }
}
