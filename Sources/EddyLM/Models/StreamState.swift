/// What a model remembers of each of a batch of texts.
public protocol StreamState: Sendable, Equatable {
  /// The number of texts.
  var batchSize: Int { get }

  /// The states of these rows, in this order; a row may appear more than once.
  func rows(_ indices: [Int]) -> Self

  /// The rows of all parts, one after the other.
  ///
  /// - Precondition: there is at least one part, and all come from the same model.
  init(joining parts: [Self])
}
