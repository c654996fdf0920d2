/// An affine map: `y = x·Wᵀ + b`, from `D` inputs to `N` outputs.
public struct Linear: Sendable, Equatable {
  /// `W`, `[N, D]`.
  public var weights: Matrix
  /// `b`, `[1, N]`.
  public var bias: Matrix

  /// `D`.
  public var inputSize: Int { weights.columns }
  /// `N`.
  public var outputSize: Int { weights.rows }

  /// A map of zeros.
  public init(inputSize: Int, outputSize: Int) {
    precondition(
      inputSize >= 1 && outputSize >= 1,
      "A linear layer needs sizes of at least 1, found D = \(inputSize), N = \(outputSize).")
    weights = Matrix(rows: outputSize, columns: inputSize)
    bias = Matrix(rows: 1, columns: outputSize)
  }

  /// - Precondition: `weights` are `[N, D]` and `bias` `[1, N]`.
  public init(weights: Matrix, bias: Matrix) {
    precondition(
      bias.rows == 1 && bias.columns == weights.rows,
      "Weights [\(weights.rows), \(weights.columns)] need a bias [1, \(weights.rows)], "
        + "found [\(bias.rows), \(bias.columns)].")
    self.weights = weights
    self.bias = bias
  }

  /// The weights, packed for the kernels.
  public struct Panels: ~Copyable, Sendable {
    package let weights: WeightPanels

    /// Packs the weights of `layer`. Complexity: O(D·N)
    public init(
      _ layer: Linear, forTraining: Bool, precision: Precision = .float32,
      team: ThreadTeam = .serial
    ) {
      weights = WeightPanels(
        rows: layer.outputSize, columns: layer.inputSize, forTraining: forTraining,
        precision: precision)
      let view = layer.weights.view
      team.run { weights.pack(view, member: $0) }
    }

    /// The number of bytes that the panels take.
    package var byteCount: Int { weights.byteCount }

    /// A copy of a left-hand side in the precision of these panels.
    fileprivate func rounded(_ values: MatrixView) -> RoundedCopy {
      let copy = RoundedCopy(
        rows: values.rows, columns: values.columns, precision: weights.forward.precision)
      copy.round(values, at: 0, columns: 0..<values.columns)
      return copy
    }
  }

  /// Maps each row.
  ///
  /// - Parameters:
  ///   - xs: `[M, D]`.
  ///   - ys: Replaced by `[M, N]`.
  /// - Complexity: O(M·D·N)
  public func run(
    _ xs: borrowing Buffer, into ys: inout Buffer, panels: borrowing Panels,
    team: ThreadTeam = .serial
  ) {
    let (xs, ys) = (xs.view, ys.view)
    let rounded = panels.rounded(xs)
    let operand = rounded.operand(xs)
    onTeam(team, panels) { member, panels in
      forward(operand, into: ys, panels: panels, member: member)
    }
  }

  /// Carries gradients back: `dx = dy·W`, `dW = dyᵀ·x`, `db = Σ dy`.
  ///
  /// - Parameters:
  ///   - dys: `[M, N]`.
  ///   - xs: The inputs of the forward pass, `[M, D]`.
  ///   - gradients: Replaced.
  ///   - dxs: Replaced by `[M, D]`.
  /// - Complexity: O(M·D·N)
  public func backward(
    _ dys: borrowing Buffer, xs: borrowing Buffer, into gradients: inout Linear,
    dxs: inout Buffer, panels: borrowing Panels, team: ThreadTeam = .serial
  ) {
    precondition(
      dys.rows == xs.rows,
      "\(xs.rows) rows of inputs need as many gradients, found \(dys.rows).")
    let packed = PackedMatrix(
      depth: xs.rows, columns: inputSize, precision: panels.weights.forward.precision)
    let (xs, dys, dxs) = (xs.view, dys.view, dxs.view)
    let rounded = panels.rounded(dys)
    let operand = rounded.operand(dys)
    let views = GradientViews(
      weights: GradientView(gradients.weights.mutableView()),
      bias: gradients.bias.mutableView())
    team.run { packed.pack(xs, member: $0) }
    onTeam(team, panels) { member, panels in
      Self.backward(
        operand, xs: packed, into: views, dxs: dxs, panels: panels, member: member)
    }
  }

  private func onTeam(
    _ team: ThreadTeam, _ panels: borrowing Panels,
    _ body: (ThreadTeam.Member, borrowing Panels) -> Void
  ) {
    team.run { body($0, panels) }
  }

  /// Where the gradients of the weights go.
  package struct GradientViews {
    package let weights: GradientView
    package let bias: MatrixView
    package init(weights: GradientView, bias: MatrixView) {
      self.weights = weights
      self.bias = bias
    }
  }

  /// A member's part of the forward pass; a barrier must follow.
  package func forward(
    _ xs: Operand, into ys: MatrixView, panels: borrowing Panels, member: ThreadTeam.Member
  ) {
    member.multiply(xs, panels.weights.forward, into: ys, from: .bias(bias.view))
  }

  /// A member's part of the backward pass; a barrier must follow.
  package static func backward(
    _ dys: Operand, xs: borrowing PackedMatrix, into gradients: GradientViews,
    dxs: MatrixView, panels: borrowing Panels, member: ThreadTeam.Member
  ) {
    member.multiply(dys, panels.weights.backward, into: dxs)
    member.multiplyTransposed(dys, xs, into: gradients.weights)
    member.sumColumns(dys, into: gradients.bias)
  }
}
