/// How a ``ContextNetwork`` reads the words around the one that it predicts: what its kinds do not share.
public protocol WordContext: Sendable {
  static var kind: ModelKind { get }
  /// Whether vectors stay side by side, in a layer of their own, and order matters; otherwise they are averaged.
  static var isConcatenated: Bool { get }
  /// Whether words after the predicted one are read, too.
  static var hasBothSides: Bool { get }
}

/// The words before, averaged: an order-n Markov model that knows which words came, not in which order.
///
/// Source: Saito, «Deep Learning from Scratch 2», sections 5.1.1 to 5.1.3.
public enum AveragedContext: WordContext {
  public static let kind = ModelKind.window
  public static let isConcatenated = false
  public static let hasBothSides = false
}

/// The words before, side by side: order matters, and weights grow with how many are read.
///
/// Source: Bengio, Ducharme, Vincent, Jauvin, «A neural probabilistic language model», JMLR 3, 2003, equation 1
/// without the direct connections.
public enum ConcatenatedContext: WordContext {
  public static let kind = ModelKind.concat
  public static let isConcatenated = true
  public static let hasBothSides = false
}

/// The words on both sides, averaged: the continuous bag of words.
///
/// Source: Mikolov, Chen, Corrado, Dean, «Efficient estimation of word representations in vector space», 2013,
/// section 3.1.
public enum SurroundingContext: WordContext {
  public static let kind = ModelKind.cbow
  public static let isConcatenated = false
  public static let hasBothSides = true
}

extension WordContext {
  /// The words that are read for each prediction.
  static func wordCount(_ sizes: NetworkSizes) -> Int {
    hasBothSides ? 2 * sizes.context : sizes.context
  }
}
