import CEddyKernels

/// The Euclidean norm of all gradients together, and what clipping by it leaves.
///
/// Source: Pascanu, Mikolov, Bengio, «On the difficulty of training recurrent neural networks»,
/// ICML 2013, algorithm 1.
package final class GradientNorm: Sendable {
  /// The squares of each row of each gradient, in pieces of up to 4096 columns; zeros until they are added.
  private let partial: NumberBuffer<Double>
  private let offsets: [Int]

  /// Space for the sums of `views`' rows.
  package init(_ views: [MatrixView]) {
    var offsets = [0]
    for view in views {
      offsets.append((offsets.last ?? 0) + view.rows * Self.pieces(view.columns))
    }
    self.offsets = offsets
    partial = NumberBuffer<Double>(count: offsets.last ?? 0)
  }

  private static func pieces(_ columns: Int) -> Int { (columns + chunkSize - 1) / chunkSize }

  /// Sums the squares of some rows of the gradient at `index`; a barrier must follow.
  package func add(_ view: MatrixView, at index: Int, rows: Range<Int>) {
    let pieces = Self.pieces(view.columns)
    for row in rows {
      for piece in 0..<pieces {
        let start = piece * chunkSize
        partial[offsets[index] + row * pieces + piece] = unsafe Double(
          Kernels.best.table.pointee.sum_of_squares(
            view[row: row] + start, min(chunkSize, view.columns - start)))
      }
    }
  }

  /// Forgets the squares of a row, which is zero.
  package func clear(_ view: MatrixView, at index: Int, row: Int) {
    let pieces = Self.pieces(view.columns)
    for piece in 0..<pieces { partial[offsets[index] + row * pieces + piece] = 0 }
  }

  /// A member's part of the sums of squares of all rows; a barrier must follow.
  package func add(_ views: [MatrixView], member: ThreadTeam.Member) {
    for (index, view) in views.enumerated() {
      add(view, at: index, rows: member.share(of: view.rows))
    }
  }

  /// The norm, after the barrier.
  package var value: Double { partial.sum().squareRoot() }

  /// The factor that brings a norm down to `limit`; 1 if it is not above, or there is no limit.
  package static func scale(norm: Double, limit: Float?) -> Float {
    guard let limit, norm > Double(limit) else { return 1 }
    return Float(Double(limit) / norm)
  }
}

/// Where a gradient goes, and who is told of the rows that are done while they are at hand.
package struct GradientView: Sendable {
  package let values: MatrixView
  private let norm: GradientNorm?
  private let index: Int

  package init(_ values: MatrixView, norm: GradientNorm? = nil, index: Int = 0) {
    self.values = values
    self.norm = norm
    self.index = index
  }

  /// These rows are what they will be.
  package func finish(rows: Range<Int>) { norm?.add(values, at: index, rows: rows) }
}

extension Array where Element == Matrix {
  /// Scales gradients so that their common norm is at most `limit`.
  ///
  /// - Returns: The norm before.
  public mutating func clip(toNorm limit: Float) -> Double {
    let views = indices.map { self[$0].mutableView() }
    let norm = GradientNorm(views)
    ThreadTeam.serial.run { norm.add(views, member: $0) }
    let value = norm.value
    let scale = GradientNorm.scale(norm: value, limit: limit)
    if scale != 1 {
      for index in indices {
        self[index].withMutableSpan { span in
          for element in 0..<span.count { span[element] *= scale }
        }
      }
    }
    return value
  }
}
