/// How a text is cut for truncated back-propagation through time.
///
/// A text of `N` tokens has `M = N − 1` inputs, each with the next token as its target. Stream `i` of
/// `B` starts at `i·⌊M/B⌋`; all streams share one clock, which never goes back; positions are taken
/// modulo `M`, so that a stream that reaches the end goes on at the beginning. An epoch is
/// `⌊M/(B·T)⌋` windows of `T` steps.
///
/// Source: Saito, «Deep Learning from Scratch 2», sections 5.2.5 and 5.5.3.
public struct Windows: Sendable, Equatable {
  /// `N`.
  public let tokenCount: Int
  /// `B`.
  public let batchSize: Int
  /// `T`.
  public let length: Int

  /// - Precondition: there is at least one window in an epoch: `N − 1 ≥ B·T`.
  public init(tokenCount: Int, batchSize: Int, length: Int) {
    precondition(
      batchSize >= 1 && length >= 1 && tokenCount - 1 >= batchSize * length,
      "Windows of \(batchSize) × \(length) need \(batchSize * length + 1) tokens, "
        + "found \(tokenCount).")
    self.tokenCount = tokenCount
    self.batchSize = batchSize
    self.length = length
  }

  /// The windows of one epoch.
  public var perEpoch: Int { (tokenCount - 1) / (batchSize * length) }

  /// The position in the text of step `t` of stream `b` in a window.
  ///
  /// - Parameter window: Counted from the start of training, through all epochs.
  public func position(window: Int, step t: Int, stream b: Int) -> Int {
    let inputs = tokenCount - 1
    return (b * (inputs / batchSize) + window * length + t) % inputs
  }

  /// Reads one window.
  ///
  /// - Parameters:
  ///   - lookahead: How many steps after the window are read, too.
  ///   - inputs: Replaced by the tokens, `[T·B]`, row `t·B + b`.
  ///   - targets: Replaced by the token after each, and by those after the window, `[(T + lookahead)·B]`.
  public func read(
    _ window: Int, of tokens: some TokenSource, lookahead: Int = 0, inputs: inout [Int],
    targets: inout [Int]
  ) {
    inputs.removeAll(keepingCapacity: true)
    targets.removeAll(keepingCapacity: true)
    for t in 0..<length + lookahead {
      for b in 0..<batchSize {
        let position = position(window: window, step: t, stream: b)
        if t < length { inputs.append(tokens[position]) }
        targets.append(tokens[position + 1])
      }
    }
  }
}
