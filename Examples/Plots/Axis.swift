import EddyNN

/// From values to places on paper.
struct Axis {
  let values: ClosedRange<Double>
  /// Where the lowest and the highest value lie.
  let places: (low: Double, high: Double)
  let isLogarithmic: Bool

  func place(_ value: Double) -> Double {
    let low = scaled(values.lowerBound)
    let share = (scaled(value) - low) / (scaled(values.upperBound) - low)
    return places.low + share * (places.high - places.low)
  }

  private func scaled(_ value: Double) -> Double {
    isLogarithmic ? PortableMath.log(value) : value
  }

  /// Round values on the axis, and how they are written.
  var ticks: [(value: Double, label: String)] {
    isLogarithmic ? powersOfTen : steps
  }

  private var steps: [(value: Double, label: String)] {
    let length = values.upperBound - values.lowerBound
    var power = 1.0
    while power * 10 <= length { power *= 10 }
    while power > length { power /= 10 }
    let step = [0.1, 0.2, 0.5, 1, 2].map { $0 * power }.first { length / $0 <= 6 } ?? power
    let first = Int((values.lowerBound / step).rounded(.up))
    let last = Int((values.upperBound / step + 1e-9).rounded(.down))
    return (first...max(first, last)).map { (Double($0) * step, label(Double($0) * step)) }
  }

  private func label(_ value: Double) -> String {
    abs(value) >= 1_000_000
      ? short(value / 1_000_000) + " M"
      : abs(value) >= 10_000 ? short(value / 1000) + " k" : short(value)
  }

  private var powersOfTen: [(value: Double, label: String)] {
    var (value, exponent) = (1.0, 0)
    while value > values.lowerBound { (value, exponent) = (value / 10, exponent - 1) }
    var ticks: [(value: Double, label: String)] = []
    while value <= values.upperBound * 1.0001 {
      if value >= values.lowerBound * 0.9999 {
        ticks.append((value, exponent < -2 ? "10" + superscript(exponent) : short(value)))
      }
      (value, exponent) = (value * 10, exponent + 1)
    }
    let every = ticks.count / 8 + 1
    return ticks.enumerated().filter { $0.offset % every == 0 }.map(\.element)
  }

  private func superscript(_ exponent: Int) -> String {
    "⁻"
      + String(-exponent).map { String("⁰¹²³⁴⁵⁶⁷⁸⁹".dropFirst($0.wholeNumberValue ?? 0).prefix(1)) }
      .joined()
  }
}
