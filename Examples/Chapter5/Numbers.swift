/// A number with so many digits after the point.
func rounded(_ number: Double, digits: Int = 3) -> String {
  let scale = (0..<digits).reduce(1) { power, _ in power * 10 }
  let whole = Int((number * Double(scale)).rounded())
  guard digits > 0 else { return String(whole) }
  return "\(whole / scale)." + String(abs(whole % scale) + scale).dropFirst()
}
