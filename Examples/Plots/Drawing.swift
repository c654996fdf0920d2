/// A drawing as SVG: equal calls give equal bytes.
public struct Drawing {
  private let width, height: Double
  private var elements: [String] = []

  public enum Anchor: String { case start, middle, end }

  /// Colours that people with any colour vision tell apart.
  ///
  /// Source: Okabe & Ito, «Color universal design», 2008.
  public static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000",
  ]
  public static let ink = "#222222"

  public init(width: Double, height: Double) {
    self.width = width
    self.height = height
    rectangle(x: 0, y: 0, width: width, height: height, fill: "#ffffff")
  }

  public mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, fill: String, stroke: String = "none"
  ) {
    elements.append(
      "<rect x=\"\(short(x))\" y=\"\(short(y))\" width=\"\(short(width))\" "
        + "height=\"\(short(height))\" fill=\"\(fill)\" stroke=\"\(stroke)\"/>")
  }

  public mutating func line(
    _ points: [(x: Double, y: Double)], colour: String, width: Double = 1, dashes: String? = nil
  ) {
    let places = points.map { "\(short($0.x)),\(short($0.y))" }.joined(separator: " ")
    let dashed = dashes.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    elements.append(
      "<polyline points=\"\(places)\" fill=\"none\" stroke=\"\(colour)\" "
        + "stroke-width=\"\(short(width))\"\(dashed)/>")
  }

  public mutating func circle(x: Double, y: Double, radius: Double, fill: String) {
    elements.append(
      "<circle cx=\"\(short(x))\" cy=\"\(short(y))\" r=\"\(short(radius))\" fill=\"\(fill)\"/>")
  }

  public mutating func text(
    _ text: String, x: Double, y: Double, size: Double = 13, anchor: Anchor = .start,
    colour: String = ink, turned: Bool = false
  ) {
    let escaped = text.map { character in
      switch character {
      case "<": "&lt;"
      case ">": "&gt;"
      case "&": "&amp;"
      default: String(character)
      }
    }.joined()
    let turn = turned ? " transform=\"rotate(-90 \(short(x)) \(short(y)))\"" : ""
    elements.append(
      "<text x=\"\(short(x))\" y=\"\(short(y))\" font-size=\"\(short(size))\" "
        + "text-anchor=\"\(anchor.rawValue)\" fill=\"\(colour)\"\(turn)>\(escaped)</text>")
  }

  public var svg: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(short(width)) \(short(height))" font-family="sans-serif">
    \(elements.joined(separator: "\n"))
    </svg>

    """
  }
}

/// A number with at most two digits after the point.
func short(_ number: Double) -> String {
  let hundredths = Int((abs(number) * 100).rounded())
  let sign = number < 0 && hundredths > 0 ? "-" : ""
  var fraction = String(hundredths % 100 + 100).dropFirst()
  while fraction.last == "0" { fraction.removeLast() }
  return sign + String(hundredths / 100) + (fraction.isEmpty ? "" : "." + fraction)
}
