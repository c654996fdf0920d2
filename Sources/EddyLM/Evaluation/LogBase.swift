/// The base in which log-probabilities are reported. Inside, they are always natural.
public enum LogBase: String, Sendable, CaseIterable {
  case natural
  /// Bits.
  case two = "2"
  /// What SRILM and KenLM print.
  case ten = "10"

  /// The unit of a log-probability in this base.
  public var unit: String {
    switch self {
    case .natural: "nats"
    case .two: "bits"
    case .ten: "log10"
    }
  }

  /// A natural logarithm in this base.
  public func value(ofNatural logarithm: Double) -> Double { logarithm / natural }

  /// The natural logarithm of what is a logarithm in this base.
  public func natural(of value: Double) -> Double { value * natural }

  /// The natural logarithm of the base.
  private var natural: Double {
    switch self {
    case .natural: 1
    case .two: 0.693_147_180_559_945_309_4
    case .ten: 2.302_585_092_994_045_684
    }
  }
}
