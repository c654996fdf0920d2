/// A sequence of token ids that is read at any position.
public protocol TokenSource: Sendable {
  /// The number of tokens.
  var count: Int { get }
  /// The id at a position in `0 ..< count`.
  subscript(position: Int) -> Int { get }
}

extension [Int]: TokenSource {}
