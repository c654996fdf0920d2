import CEddyKernels

/// The hyperbolic tangent of each number: `y = tanh(x)`.
package enum Tanh {
  /// A member's part of it, in place; a barrier must follow.
  ///
  /// - Returns: Its rows.
  package static func forward(
    _ values: MatrixView, member: ThreadTeam.Member
  ) -> Range<Int> {
    let own = member.share(of: values.rows)
    unsafe Kernels.best.table.pointee.hyperbolic_tangent(
      values[row: own.lowerBound], own.count * values.columns)
    return own
  }

  /// A member's part of `dx = dy ⊙ (1 − y²)`; a barrier must follow.
  ///
  /// - Returns: Its rows.
  package static func backward(
    _ dys: MatrixView, ys: MatrixView, into dxs: MatrixView, member: ThreadTeam.Member
  ) -> Range<Int> {
    let own = member.share(of: dys.rows)
    let (dy, y, dx) = unsafe (
      dys[row: own.lowerBound], ys[row: own.lowerBound], dxs[row: own.lowerBound]
    )
    for index in 0..<own.count * dys.columns {
      unsafe dx[index] = dy[index] * (1 - y[index] * y[index])
    }
    return own
  }
}
