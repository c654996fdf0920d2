import CEddyKernels
import EddyNN

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
}

/// What the twins of products with operands of one kind compute, and how these are laid out.
extension Precision {
  func products(of set: KernelSet) -> EddyProducts {
    switch self {
    case .float32: unsafe set.table.float32
    case .bfloat16: unsafe set.table.bfloat16
    case .int8: preconditionFailure("See Int8Tests.")
    }
  }

  /// The nearest number that an operand can be.
  func nearest(_ x: Float) -> Float { self == .float32 ? x : Bfloat16Twins.value(x) }

  /// `start + a·b`, the operands rounded.
  func product(
    _ a: TwinMatrix<Float>, _ b: TwinMatrix<Float>, start: TwinMatrix<Float>? = nil
  ) -> TwinMatrix<Float> {
    switch self {
    case .float32: a.product(b, start: start)
    case .bfloat16: Bfloat16Twins.product(a, b, start: start)
    case .int8: preconditionFailure("See Int8Twins.")
    }
  }

  /// A left-hand side: each row in units.
  func units(of a: TwinMatrix<Float>) -> TwinMatrix<Float> {
    guard self == .bfloat16 else { return a }
    return TwinMatrix(
      rows: a.rows, columns: units(a.columns),
      elements: (0..<a.rows).flatMap { row in
        stride(from: 0, to: a.columns, by: 2).map {
          Bfloat16Twins.unit(a[row, $0], $0 + 1 < a.columns ? a[row, $0 + 1] : 0)
        }
      })
  }

  /// A right-hand side: panels of 32 columns, one row of units after the other in each, zeros past the
  /// end, neighbours of the same part of each group. A row is a panel.
  func panels(of b: TwinMatrix<Float>, groups: Int = 1) -> TwinMatrix<Float> {
    let size = b.columns / groups
    let panels = stride(from: 0, to: size, by: 32).flatMap { part in
      (0..<groups).map { group in
        var panel = TwinMatrix<Float>(rows: b.rows, columns: 32)
        for row in 0..<b.rows {
          for column in part..<min(part + 32, size) {
            panel[row, column - part] = b[row, group * size + column]
          }
        }
        return units(of: panel.transposed).transposed.elements
      }
    }
    return TwinMatrix(
      rows: panels.count, columns: units(b.rows) * 32, elements: panels.flatMap(\.self))
  }
}
