/// What a log-probability is divided by, so that long and short sentences compare.
///
/// The end of the line counts as one token, one character and one byte, so an empty sentence has a
/// normalised score too.
public enum Normalisation: String, Sendable, CaseIterable {
  /// Nothing: the joint log-probability.
  case none
  case token
  /// Unicode scalars.
  case character
  /// Bytes of UTF-8.
  case byte
}
