/// Sets some of the numbers that go from one layer to the next to zero, and makes the others as much larger, so that no
/// unit can rely on another.
///
/// Which ones is drawn from counters: the same for every number of threads. It is decided anew for each time step, or once for a
/// window, the same units at all of its steps.
///
/// Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, «Dropout», JMLR 15, 2014; between recurrent layers
/// Zaremba, Sutskever, Vinyals, «Recurrent neural network regularization», 2014; once for a window Gal & Ghahramani, «A
/// theoretically grounded application of dropout in recurrent neural networks», NIPS 2016.
package final class Dropout: Sendable {
  /// A number is dropped if 16 random bits are less; the others are multiplied with `kept`.
  private let threshold: UInt32
  private let kept: Float
  private let isVariational: Bool
  private let philox: Philox
  /// Tells apart the places where numbers are dropped.
  private let place: UInt32
  /// What each number is multiplied with, `[T·B, columns]`, and the products.
  private let factors, values: Buffer
  private let rounded: RoundedCopy

  /// - Parameters:
  ///   - rate: The share of numbers that are dropped, 0 … 1, not 1.
  ///   - place: Another for each dropout of a network, below 65,536.
  ///   - isVariational: Whether the same units are dropped at all steps of a window.
  ///   - rows: `T·B` of the longest window.
  package init(
    rate: Float, isVariational: Bool, seed: UInt64, place: Int, rows: Int, columns: Int,
    precision: Precision
  ) {
    precondition(
      rate > 0 && rate < 1, "A dropout rate is more than 0 and less than 1, not \(rate).")
    threshold = UInt32((min(rate, 1 - 0x1p-16) * 0x1p16).rounded())
    kept = 0x1p16 / (0x1p16 - Float(threshold))
    self.isVariational = isVariational
    philox = Philox(seed: seed)
    self.place = UInt32(place)
    factors = Buffer(rows: rows, columns: columns)
    values = Buffer(rows: rows, columns: columns)
    rounded = RoundedCopy(rows: rows, columns: columns, precision: precision)
  }

  package var byteCount: Int { factors.byteCount + values.byteCount + rounded.byteCount }

  /// What is left of the numbers of the last window, and the same as a left-hand side.
  package func outputs(rows: Int) -> MatrixView { values.view.rows(from: 0, count: rows) }
  package func operand(rows: Int) -> Operand { rounded.operand(outputs(rows: rows)) }

  /// A member's part of dropping numbers; ends with a barrier.
  ///
  /// - Parameters:
  ///   - xs: `[T·B, columns]`.
  ///   - batchSize: `B`.
  ///   - update: The number of the update, for decisions of its own.
  package func forward(
    _ xs: MatrixView, batchSize: Int, update: Int, member: ThreadTeam.Member
  ) {
    let own = member.share(of: xs.rows)
    for row in own {
      let factor = unsafe factors.view[row: row]
      if isVariational, row - batchSize >= own.lowerBound {
        unsafe factor.update(from: factors.view[row: row - batchSize], count: xs.columns)
      } else {
        unsafe draw(into: factor, row: isVariational ? row % batchSize : row, update: update)
      }
      let (source, target) = unsafe (xs[row: row], values.view[row: row])
      for column in 0..<xs.columns { unsafe target[column] = source[column] * factor[column] }
    }
    rounded.round(
      values.view.rows(from: own.lowerBound, count: own.count), at: own.lowerBound,
      columns: 0..<xs.columns)
    member.barrier()
  }

  /// A member's part of the gradient of the numbers, in place of that of what was left; ends with a barrier.
  package func backward(_ dys: MatrixView, member: ThreadTeam.Member) {
    for row in member.share(of: dys.rows) {
      let (factor, gradient) = unsafe (factors.view[row: row], dys[row: row])
      for column in 0..<dys.columns { unsafe gradient[column] *= factor[column] }
    }
    member.barrier()
  }

  /// Eight decisions, of 16 bits each, from one block of random numbers.
  private func draw(into factors: UnsafeMutablePointer<Float>, row: Int, update: Int) {
    for first in stride(from: 0, to: self.factors.columns, by: 8) {
      let words = philox.block(
        SIMD4(
          Philox.Purpose.dropout.rawValue, UInt32(truncatingIfNeeded: update),
          place << 16 | UInt32(truncatingIfNeeded: first / 8), UInt32(truncatingIfNeeded: row)))
      for index in 0..<min(8, self.factors.columns - first) {
        let half = words[index / 2] >> (index % 2 == 0 ? 0 : 16) & 0xFFFF
        unsafe factors[first + index] = half < threshold ? 0 : kept
      }
    }
  }
}
