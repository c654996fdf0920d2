import EddyNN

/// Plain loops that repeat Sources/CEddyKernels/body/int8.h: weights `[rows, columns]`, a scale for each row.
struct Int8Twin {
  let rows, columns: Int
  private(set) var values: [Int8] = []
  private(set) var scales: [Float] = []

  init(_ weights: TwinMatrix<Float>) {
    (rows, columns) = (weights.rows, weights.columns)
    for row in 0..<rows {
      let elements = (0..<columns).map { weights[row, $0] }
      let scale = Self.scale(elements)
      scales.append(scale)
      values += elements.map { scale == 0 ? 0 : Int8(($0 / scale).rounded(.toNearestOrEven)) }
    }
  }

  /// The largest magnitude / 127, to 16 bits; 0 below the normal numbers.
  private static func scale(_ row: [Float]) -> Float {
    let exact = (row.map(\.magnitude).max() ?? 0) / 127
    guard exact > 0 else { return 0 }
    let unit = Float(sign: .plus, exponent: max(exact.exponent, -126) - 15, significand: 1)
    let scale = (exact / unit).rounded(.toNearestOrEven) * unit
    return scale < .leastNormalMagnitude ? 0 : scale
  }

  /// `start + a·selfᵀ`, 1024 values of `k` at a time: `a` in whole numbers of one unit, and the scale last.
  ///
  /// - Parameter start: Zeros if nil; a single row is added to every row.
  func product(_ a: TwinMatrix<Float>, start: TwinMatrix<Float>?) -> TwinMatrix<Float> {
    var result = TwinMatrix<Float>(rows: a.rows, columns: rows)
    for row in 0..<a.rows {
      let parts = stride(from: 0, to: max(columns, 1), by: 1024).map { first in
        let range = first..<min(first + 1024, columns)
        return (range: range, left: Self.wholeNumbers(range.map { a[row, $0] }))
      }
      for column in 0..<rows {
        var sum = start.map { $0[$0.rows == 1 ? 0 : row, column] } ?? 0
        for (range, left) in parts {
          let weights = values[column * columns..<(column + 1) * columns]
          let whole = zip(left.values, weights.dropFirst(range.lowerBound)).reduce(0) {
            $0 + $1.0 * Int($1.1)
          }
          sum.addProduct(scales[column], Float(whole) * left.unit)
        }
        result[row, column] = sum
      }
    }
    return result
  }

  /// Whole numbers of at most 2¹⁴, and what they are multiples of: NaN if not all elements are finite.
  private static func wholeNumbers(_ elements: [Float]) -> (values: [Int], unit: Float) {
    guard elements.allSatisfy(\.isFinite) else { return (elements.map { _ in 0 }, .nan) }
    let largest = elements.map(\.magnitude).max() ?? 0
    let unit = Float(sign: .plus, exponent: max(largest.exponent, -101) - 13, significand: 1)
    return (elements.map { Int(($0 / unit).rounded(.toNearestOrEven)) }, unit)
  }

  /// Panels of 32 rows, one part of each group after the other: the scales, then two bytes for each row, for two values of
  /// `k`; zeros past the end.
  func panels(groups: Int) -> [UInt8] {
    let size = rows / groups
    return stride(from: 0, to: size, by: 32).flatMap { first in
      (0..<groups).flatMap { group -> [UInt8] in
        let own = (first..<first + 32).map { $0 < size ? group * size + $0 : nil }
        let bits = own.map { $0.map { scales[$0].bitPattern } ?? 0 }
        let bytes = stride(from: 0, to: columns, by: 2).flatMap { k in
          own.flatMap { row in [k, k + 1].map { byte(row, $0) } }
        }
        return bits.flatMap { bits in (0..<4).map { UInt8(bits >> (8 * $0) & 0xFF) } } + bytes
      }
    }
  }

  /// A weight; 0 outside the matrix.
  private func byte(_ row: Int?, _ k: Int) -> UInt8 {
    guard let row, k < columns else { return 0 }
    return UInt8(bitPattern: values[row * columns + k])
  }
}
