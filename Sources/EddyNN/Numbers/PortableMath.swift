/// Functions of `Double` that give the same bits on every processor, unlike a system's libm: made of
/// fused multiply-adds, division and exact steps only.
public enum PortableMath {
  private static let ln2High = 0x1.62e42feep-1
  private static let ln2Low = 0x1.a39ef35793c76p-33

  /// The natural logarithm, within 10⁻¹⁵ (relative, or absolute near 1).
  ///
  /// −∞ at 0, NaN below. Method: x = 2^k·m with m in √½ … √2, and log m = 2·artanh((m − 1)/(m + 1)).
  public static func log(_ x: Double) -> Double {
    guard x > 0 else { return x == 0 ? -.infinity : .nan }
    guard x < .infinity else { return x }
    var exponent = Double(x.exponent)
    var m = x.significand
    if m > 0x1.6a09e667f3bcdp0 {
      m /= 2
      exponent += 1
    }
    let s = (m - 1) / (m + 1)
    let z = s * s
    var series = 0.0
    for n in stride(from: 23, through: 3, by: -2) {
      series = (1 / Double(n)).addingProduct(series, z)
    }
    let artanh = s.addingProduct(s * z, series)
    return (2 * artanh).addingProduct(exponent, ln2Low).addingProduct(exponent, ln2High)
  }

  /// The exponential function, within 10⁻¹⁵ (relative).
  public static func exp(_ x: Double) -> Double {
    guard x == x else { return x }
    guard x < 710 else { return .infinity }
    guard x > -745.2 else { return 0 }
    let n = (x * 0x1.71547652b82fep0).rounded()
    let r = x.addingProduct(-n, ln2High).addingProduct(-n, ln2Low)
    var series = 0.0
    for k in stride(from: 14.0, through: 1, by: -1) {
      series = (1 + series) * (r / k)
    }
    return Double(sign: .plus, exponent: Int(n), significand: 1 + series)
  }

  /// cos(π·x) for x in 0 … 1, within 10⁻¹⁵.
  public static func cosinePi(_ x: Double) -> Double {
    guard x <= 0.5 else { return -cosinePi(1 - x) }
    let angle = x * .pi
    let z = angle * angle
    var series = 0.0
    for k in stride(from: 26.0, through: 2, by: -2) {
      series = (1 + series) * (-z / (k * (k - 1)))
    }
    return 1 + series
  }
}
