import EddyFiles

extension Double {
  /// The number with this many digits after the point; `inf`, `nan` and huge numbers as Swift writes
  /// them.
  package func fixed(_ digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { power, _ in power * 10 }
    let scaled = (self * scale).rounded()
    guard abs(scaled) < 0x1p53 else { return "\(self)" }
    let text = String(Int64(abs(scaled)))
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    let sign = scaled < 0 ? "-" : ""
    guard digits > 0 else { return sign + padded }
    return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
  }
}

extension JSON {
  /// The number, or null.
  static func optional(_ number: Double?) -> JSON { number.map { .number($0) } ?? .null }
}
