/// The steps in which surprisal is shown by colours, the least surprising first.
///
/// They are the same for every text, so that two of them can be compared by eye.
public enum SurprisalScale {
  /// Where each step but the first begins, in bits.
  public static let borders: [Double] = [1, 2, 4, 6, 8, 11, 15]

  /// What each step holds, in bits.
  public static let labels: [String] = {
    let numbers = borders.map { $0.fixed(0) }
    return ["under \(numbers[0])"] + zip(numbers, numbers.dropFirst()).map { "\($0)–\($1)" }
      + ["\(numbers[numbers.count - 1]) and more"]
  }()

  /// The step of a surprisal in bits, from 0; the last for what is no number.
  public static func step(of bits: Double) -> Int {
    borders.firstIndex { bits < $0 } ?? borders.count
  }
}
