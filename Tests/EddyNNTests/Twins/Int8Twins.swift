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

  /// `start + a·selfᵀ`: each sum takes its products in ascending `k`; the scale comes last.
  ///
  /// - Parameter start: Zeros if nil; a single row is added to every row.
  func product(_ a: TwinMatrix<Float>, start: TwinMatrix<Float>?) -> TwinMatrix<Float> {
    var result = TwinMatrix<Float>(rows: a.rows, columns: rows)
    for row in 0..<a.rows {
      for column in 0..<rows {
        var sum: Float = 0
        for k in 0..<columns { sum.addProduct(a[row, k], Float(values[column * columns + k])) }
        let begin = start.map { $0[$0.rows == 1 ? 0 : row, column] } ?? 0
        result[row, column] = begin.addingProduct(scales[column], sum)
      }
    }
    return result
  }

  /// Panels of 32 rows, one part of each group after the other: the scales, then a byte for each row, `k` by
  /// `k`; zeros past the end.
  func panels(groups: Int) -> [UInt8] {
    let size = rows / groups
    return stride(from: 0, to: size, by: 32).flatMap { first in
      (0..<groups).flatMap { group -> [UInt8] in
        let own = (first..<first + 32).map { $0 < size ? group * size + $0 : nil }
        let bits = own.map { $0.map { scales[$0].bitPattern } ?? 0 }
        let bytes = (0..<columns).flatMap { k in
          own.map { $0.map { UInt8(bitPattern: values[$0 * columns + k]) } ?? 0 }
        }
        return bits.flatMap { bits in (0..<4).map { UInt8(bits >> (8 * $0) & 0xFF) } } + bytes
      }
    }
  }
}
