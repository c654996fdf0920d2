import EddyNN

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What twins compute with: `Float` repeats the kernels bit for bit, `Double` is the truth.
protocol TwinFloat: BinaryFloatingPoint, Sendable {
  static func exponential(_ x: Self) -> Self
  static func hyperbolicTangent(_ x: Self) -> Self
  static func sigmoid(_ x: Self) -> Self

  /// `start + a·b` with operands of a precision; the truth does not round.
  static func product(
    _ a: TwinMatrix<Self>, _ b: TwinMatrix<Self>, start: TwinMatrix<Self>?, precision: Precision
  ) -> TwinMatrix<Self>
}

extension Double: TwinFloat {
  static func exponential(_ x: Double) -> Double { exp(x) }
  static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  static func product(
    _ a: TwinMatrix<Double>, _ b: TwinMatrix<Double>, start: TwinMatrix<Double>?,
    precision: Precision
  ) -> TwinMatrix<Double> {
    a.product(b, start: start)
  }
}

// The polynomials of Sources/CEddyKernels/body/functions.h.
extension Float: TwinFloat {
  static func product(
    _ a: TwinMatrix<Float>, _ b: TwinMatrix<Float>, start: TwinMatrix<Float>?, precision: Precision
  ) -> TwinMatrix<Float> {
    precision.product(a, b, start: start)
  }

  static func exponential(_ x: Float) -> Float {
    var x = x > 89 ? 89 : x
    x = x < -104 ? -104 : x
    let magic: Float = 12_582_912
    let shifted = magic.addingProduct(x, 0x1.715476p+0)
    let n = shifted - magic
    let r = x.addingProduct(n, -0x1.63p-1).addingProduct(n, 0x1.bd0106p-13)
    let p = polynomial(
      r, [0x1.9f089cp-13, 0x1.6d8d08p-10, 0x1.11127p-7, 0x1.55548ep-5, 0x1.555554p-3, 0x1p-1])
    let y = r.addingProduct(p, r * r) + 1
    let whole = Int32(bitPattern: shifted.bitPattern &- 0x4B40_0000)
    let half = whole >> 1
    return y * powerOfTwo(half) * powerOfTwo(whole &- half)
  }

  static func sigmoid(_ x: Float) -> Float { 1 / (1 + exponential(-x)) }

  static func hyperbolicTangent(_ x: Float) -> Float {
    let size = Float(bitPattern: x.bitPattern & 0x7FFF_FFFF)
    let z = x * x
    let p = polynomial(
      z, [-0x1.762d52p-8, 0x1.523bcp-6, -0x1.b84058p-5, 0x1.11074cp-3, -0x1.555534p-2])
    let y =
      size < 0.625
      ? size.addingProduct(size * z, p) : 1 - 2 / (exponential(size + size) + 1)
    return Float(bitPattern: y.bitPattern | x.bitPattern & 0x8000_0000)
  }

  /// Horner's rule, the highest power first.
  private static func polynomial(_ x: Float, _ coefficients: [Float]) -> Float {
    coefficients.dropFirst().reduce(coefficients[0]) { $1.addingProduct($0, x) }
  }

  private static func powerOfTwo(_ exponent: Int32) -> Float {
    Float(bitPattern: UInt32(bitPattern: exponent &+ 127) << 23)
  }
}
