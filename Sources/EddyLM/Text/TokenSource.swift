/// A sequence of token ids that is read at any position.
public protocol TokenSource: Sendable {
  /// The number of tokens.
  var count: Int { get }
  /// The id at a position in `0 ..< count`.
  subscript(position: Int) -> Int { get }
  /// The ids at some positions.
  ///
  /// - Throws: What keeps them from being read.
  func read(_ positions: Range<Int>) throws -> [Int]
}

extension TokenSource {
  public func read(_ positions: Range<Int>) throws -> [Int] { positions.map { self[$0] } }
}

extension [Int]: TokenSource {}
