public import EddyNN

/// What a model that learns from what it reads remembers of each of a batch of texts: its weights, too.
public struct DynamicState<Cell: RecurrentCell>: StreamState {
  var texts: [Text]

  /// One text.
  struct Text: Sendable, Equatable {
    /// The weights.
    var weights: AdaptedWeights<Cell>
    /// What the network remembers after the last word, and before the first of ``words``.
    var now, start: RecurrentState<Cell>
    /// The words since the last step, up to a window of them.
    var words: [Int]
  }

  public var batchSize: Int { texts.count }

  public func rows(_ indices: [Int]) -> DynamicState {
    DynamicState(texts: indices.map { texts[$0] })
  }

  init(texts: [Text]) { self.texts = texts }

  public init(joining parts: [DynamicState]) { texts = parts.flatMap(\.texts) }
}

/// Weights that a text has made of a model's, as they read.
package final class AdaptedWeights<Cell: RecurrentCell>: Sendable, Equatable {
  package let model: RecurrentModel<Cell>
  package init(_ model: RecurrentModel<Cell>) { self.model = model }

  package static func == (left: AdaptedWeights, right: AdaptedWeights) -> Bool {
    left === right || left.model.network == right.model.network
  }
}
