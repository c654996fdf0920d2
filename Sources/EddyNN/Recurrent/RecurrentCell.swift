/// The gate equations of a recurrent layer: what ``RNN``, ``LSTM`` and ``GRU`` do not share.
public protocol RecurrentCell: Sendable {
  /// The name in options and files: `rnn`, `lstm`, `gru`.
  static var name: String { get }

  /// `G`: a layer has weights for `G·H` sums.
  static var gateCount: Int { get }

  /// Whether the state has a cell `c` beside the hidden activations `h`.
  static var hasCell: Bool { get }

  /// Whether the recurrent sums have a bias of their own and are kept apart from the input sums.
  static var separatesRecurrentSums: Bool { get }

  /// Computes the hidden activations of one time step from its sums, for some of the units.
  static func forward(_ step: CellStep, units: Range<Int>)

  /// Computes the gradients of the sums of one time step, for some of the units.
  static func backward(_ step: CellStep, gradients: CellStepGradients, units: Range<Int>)
}

/// One time step of a layer, in place in its trace.
public struct CellStep {
  /// `h` and the `h` before, `[B, H]`.
  package let hidden, hiddenBefore: MatrixView
  /// `c`, the `c` before and `tanh c`, `[B, H]`; `[B, 0]` for cells without `c`.
  package let cell, cellBefore, tanhCell: MatrixView
  /// Sums, then activations of the gates, `[B, G·H]`.
  package let gates: MatrixView
  /// The recurrent sums where they are kept apart, `[B, G·H]`; otherwise `[B, 0]`.
  package let recurrentSums: MatrixView
}

/// The gradients that meet at one time step.
public struct CellStepGradients {
  /// Of `h`: from the layer above, and from the next time step, `[B, H]`.
  package let above, future: MatrixView
  /// Of `c`: from the next time step, then of the `c` before, `[B, H]`.
  package let cell: MatrixView
  /// Of the sums, `[B, G·H]`.
  package let gates: MatrixView
  /// Of the recurrent sums where they are kept apart, `[B, G·H]`.
  package let recurrentSums: MatrixView
}
