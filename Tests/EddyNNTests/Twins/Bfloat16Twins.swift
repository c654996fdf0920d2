/// Plain functions that repeat Sources/CEddyKernels/body/bfloat16.h by other means: exact numbers in `Double`.
enum Bfloat16Twins {
  /// The bits of the nearest bfloat16, ties to even. A NaN keeps its upper half, and becomes quiet.
  static func rounded(_ x: Float) -> UInt16 {
    let below = UInt16(x.bitPattern >> 16)
    guard !x.isNaN else { return below | 0x40 }
    guard x.isFinite else { return below }
    let (low, high) = (size(below & 0x7FFF), size(below & 0x7FFF + 1))
    let (down, up) = (Double(x.magnitude) - low, high - Double(x.magnitude))
    return down < up || (down == up && below % 2 == 0) ? below : below + 1
  }

  /// The size of a bfloat16; the first one past the largest is 2¹²⁸.
  private static func size(_ bits: UInt16) -> Double {
    bits == 0x7F80 ? 0x1p128 : Double(value(bits))
  }

  static func value(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// The nearest bfloat16.
  static func value(_ x: Float) -> Float { value(rounded(x)) }

  /// One of the two steps of `vdpbf16ps`, `sum + x·y`: numbers that go in and are smaller than 2⁻¹²⁶ are
  /// zeros of their sign, and so is a result that is smaller when it is rounded as if exponents had no end.
  static func step(_ x: Float, _ y: Float, _ sum: Float) -> Float {
    let product = Double(flushed(x)) * Double(flushed(y))
    let exact = sumToOdd(Double(flushed(sum)), product)
    let isTiny = abs(Float(exact * 0x1p64)) < 0x1p-62
    return isTiny ? Float(sign: exact.sign, exponent: 0, significand: 0) : Float(exact)
  }

  private static func flushed(_ x: Float) -> Float {
    x.magnitude < .leastNormalMagnitude ? Float(sign: x.sign, exponent: 0, significand: 0) : x
  }

  /// a + b rounded to odd, so that rounding it once more to fewer digits is right.
  private static func sumToOdd(_ a: Double, _ b: Double) -> Double {
    let sum = a + b
    let part = sum - a
    let error = (a - (sum - part)) + (b - part)
    guard sum.isFinite, error != 0, sum.significandBitPattern % 2 == 0 else { return sum }
    return error > 0 ? sum.nextUp : sum.nextDown
  }

  /// `start + a·b` of rounded operands: of two values of `k` the second product comes first.
  static func product(
    _ a: TwinMatrix<Float>, _ b: TwinMatrix<Float>, start: TwinMatrix<Float>?
  ) -> TwinMatrix<Float> {
    let (x, y) = (a.elements.map { value($0) }, b.elements.map { value($0) })
    var result = TwinMatrix<Float>(rows: a.rows, columns: b.columns)
    for row in 0..<a.rows {
      for column in 0..<b.columns {
        var sum = start.map { $0[$0.rows == 1 ? 0 : row, column] } ?? 0
        for k in stride(from: 0, to: a.columns, by: 2) {
          for k in [k + 1, k] {
            let isPresent = k < a.columns
            sum = step(
              isPresent ? x[row * a.columns + k] : 0, isPresent ? y[k * b.columns + column] : 0,
              sum)
          }
        }
        result[row, column] = sum
      }
    }
    return result
  }

  /// Two values in one unit, the first in the lower half; the bits of a float.
  static func unit(_ first: Float, _ second: Float) -> Float {
    Float(bitPattern: UInt32(rounded(first)) | UInt32(rounded(second)) << 16)
  }
}
