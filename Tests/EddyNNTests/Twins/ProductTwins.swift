/// Plain loops that repeat Sources/CEddyKernels/body/product.h.
extension TwinMatrix {
  /// `start + self·b`: each element takes its products in ascending `k`.
  ///
  /// - Parameter start: Zeros if nil; a single row is added to every row.
  func product(_ b: TwinMatrix, start: TwinMatrix? = nil) -> TwinMatrix {
    var result = TwinMatrix(rows: rows, columns: b.columns)
    for row in 0..<rows {
      for column in 0..<b.columns {
        var sum = start.map { $0[$0.rows == 1 ? 0 : row, column] } ?? 0
        for k in 0..<columns { sum.addProduct(self[row, k], b[k, column]) }
        result[row, column] = sum
      }
    }
    return result
  }

  /// The sum of each column, rows in ascending order, `[1, columns]`.
  var columnSums: TwinMatrix {
    var sums = TwinMatrix(rows: 1, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns { sums[0, column] += self[row, column] }
    }
    return sums
  }

  /// Panels of 32 columns, one row after the other in each, zeros past the end.
  var panels: [Scalar] {
    stride(from: 0, to: columns, by: 32).flatMap { first in
      (0..<rows).flatMap { row in
        (first..<first + 32).map { $0 < columns ? self[row, $0] : 0 }
      }
    }
  }
}
