import CEddyKernels

/// The mean of each group of `n` rows: `yᵢ = (xᵢₙ + … + xᵢₙ₊ₙ₋₁) / n`.
package enum GroupMean {
  /// A member's part of it, rows added in their order; a barrier must follow.
  ///
  /// - Parameters:
  ///   - xs: `[M·n, D]`.
  ///   - ys: Replaced by `[M, D]`.
  /// - Returns: Its rows of `ys`.
  package static func forward(
    _ xs: MatrixView, into ys: MatrixView, member: ThreadTeam.Member
  ) -> Range<Int> {
    let size = xs.rows / max(ys.rows, 1)
    let share = 1 / Float(size)
    let own = member.share(of: ys.rows)
    for row in own {
      let sum = ys.rows(from: row, count: 1)
      sum.copy(from: xs.rows(from: row * size, count: 1))
      for place in row * size + 1..<(row + 1) * size {
        unsafe Kernels.best.table.pointee.add(sum.base, xs[row: place], sum.columns)
      }
      for column in 0..<sum.columns { unsafe sum.base[column] *= share }
    }
    return own
  }

  /// A member's part of the gradient of `xs`: for each row of a group that of its mean, divided by `n`; a barrier
  /// must follow.
  package static func backward(
    _ dys: MatrixView, into dxs: MatrixView, member: ThreadTeam.Member
  ) {
    let size = dxs.rows / max(dys.rows, 1)
    let share = 1 / Float(size)
    for row in member.share(of: dys.rows) {
      let source = unsafe dys[row: row]
      for place in row * size..<(row + 1) * size {
        let target = unsafe dxs[row: place]
        for column in 0..<dys.columns { unsafe target[column] = source[column] * share }
      }
    }
  }
}
