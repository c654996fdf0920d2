import CEddyKernels

/// A matrix of weights `[N, K]` in int8: element `[n, k]` is `scales[n] · values[n·K + k]`, exactly.
///
/// The scale of a row is its largest magnitude / 127, rounded to 16 bits so that every product is exact (0 if
/// it is below 2⁻¹²⁶); the values are the nearest whole numbers, ties to even. So whoever quantises ``matrix``
/// gets the same scales and values again: a quantised matrix loses nothing as floats.
package struct QuantisedMatrix: Sendable, Equatable {
  package let rows, columns: Int
  /// In −127 … 127, row after row, `[N, K]`.
  package let values: [Int8]
  /// 0 or more, `[N]`.
  package let scales: [Float]

  /// - Precondition: there are as many values and scales as the sizes ask for.
  package init(rows: Int, columns: Int, values: [Int8], scales: [Float]) {
    precondition(
      values.count == rows * columns && scales.count == rows,
      "QuantisedMatrix [\(rows), \(columns)] needs \(rows * columns) values and \(rows) scales, "
        + "found \(values.count) and \(scales.count).")
    self.rows = rows
    self.columns = columns
    self.values = values
    self.scales = scales
  }

  /// Quantises a matrix of finite elements. Complexity: O(N·K)
  package init(_ matrix: Matrix) {
    var scales = [Float](repeating: 0, count: matrix.rows)
    let values = unsafe [Int8](unsafeUninitializedCapacity: matrix.count) { values, count in
      count = matrix.count
      guard let base = values.baseAddress else { return }
      unsafe scales.withUnsafeMutableBufferPointer { scales in
        guard let scales = scales.baseAddress else { return }
        unsafe Kernels.best.table.pointee.int8.quantise(
          base, scales, matrix.view.base, matrix.columns, matrix.rows, matrix.columns)
      }
    }
    self.init(rows: matrix.rows, columns: matrix.columns, values: values, scales: scales)
  }

  /// The same as floats. Complexity: O(N·K)
  package var matrix: Matrix {
    var matrix = Matrix(rows: rows, columns: columns)
    matrix.withMutableSpan { elements in
      for row in 0..<rows {
        let scale = scales[row]
        for index in row * columns..<(row + 1) * columns {
          elements[index] = scale * Float(values[index])
        }
      }
    }
    return matrix
  }
}

extension Matrix {
  /// The bfloat16 nearest to each element, row after row. Complexity: O(rows · columns)
  package var bfloat16: [UInt16] {
    unsafe [UInt16](unsafeUninitializedCapacity: count) { values, count in
      count = self.count
      guard let base = values.baseAddress else { return }
      unsafe Kernels.best.table.pointee.round_bfloat16(
        base, columns, view.base, columns, rows, columns)
    }
  }
}
