import EddyNN

/// How a text is cut for truncated back-propagation through time.
///
/// A text of `N` tokens has `M = N − 1` inputs, each with the next token as its target. Stream `i` of
/// `B` starts at `i·⌊M/B⌋`; all streams share one clock, which never goes back; positions are taken
/// modulo `M`, so that a stream that reaches the end goes on at the beginning. An epoch is
/// `⌊M/(B·T)⌋` windows of `T` steps.
///
/// Source: Saito, «Deep Learning from Scratch 2», sections 5.2.5 and 5.5.3.
///
/// Where windows differ in length, one in twenty is around `T/2`, the others around `T`, with a standard deviation of 5 steps,
/// at least 5 (or `T`, if that is less) and at most `T + 20`.
///
/// Source: Merity, Keskar, Socher, «Regularizing and optimizing LSTM language models», ICLR 2018, section 4.1.
public struct Windows: Sendable, Equatable {
  /// `N`.
  public let tokenCount: Int
  /// `B`.
  public let batchSize: Int
  /// `T`.
  public let length: Int
  /// What the lengths are drawn from; all are `T` without.
  private let philox: Philox?

  /// - Parameter randomSeed: Gives each window a length of its own.
  /// - Precondition: there is at least one window in an epoch: `N − 1 ≥ B·T`.
  public init(tokenCount: Int, batchSize: Int, length: Int, randomSeed: UInt64? = nil) {
    precondition(
      batchSize >= 1 && length >= 1 && tokenCount - 1 >= batchSize * length,
      "Windows of \(batchSize) × \(length) need \(batchSize * length + 1) tokens, "
        + "found \(tokenCount).")
    self.tokenCount = tokenCount
    self.batchSize = batchSize
    self.length = length
    philox = randomSeed.map { Philox(seed: $0) }
  }

  /// The windows of one epoch, all of `T` steps.
  public var perEpoch: Int { (tokenCount - 1) / (batchSize * length) }

  /// The steps of a window.
  ///
  /// - Parameter window: Counted from the start of training, through all epochs.
  public func length(of window: Int) -> Int {
    guard let philox else { return length }
    func block(_ index: UInt32) -> SIMD4<UInt32> {
      philox.block(
        SIMD4(
          Philox.Purpose.windowLength.rawValue, UInt32(truncatingIfNeeded: window), index, 0))
    }
    // Twelve numbers that are uniform in 0 ..< 1 add up to nearly a normal one, around 6, with a standard deviation of 1.
    var normal: Float = -6
    for index in 1...3 {
      let words = block(UInt32(index))
      for word in 0..<4 { normal += Philox.unit(words[word]) }
    }
    let middle = Float(length) * (Philox.unit(block(0).x) < 0.95 ? 1 : 0.5)
    return min(
      max(Int((middle + 5 * normal).rounded()), min(5, length)), Self.longest(around: length))
  }

  /// The steps of all windows before one.
  ///
  /// - Complexity: O(1), or O(window) where windows differ in length.
  public func steps(before window: Int) -> Int {
    philox == nil ? window * length : (0..<window).reduce(0) { $0 + length(of: $1) }
  }

  /// The most steps of a window.
  static func longest(around length: Int) -> Int { length + 20 }

  /// The position in the text of stream `b` after so many steps.
  public func position(step: Int, stream b: Int) -> Int {
    let inputs = tokenCount - 1
    return (b * (inputs / batchSize) + step) % inputs
  }

  /// Reads one window.
  ///
  /// - Parameters:
  ///   - window: Counted from the start of training, through all epochs.
  ///   - first: The steps before it.
  ///   - lookahead: How many steps after the window are read, too.
  ///   - inputs: Replaced by the tokens, `[T·B]`, row `t·B + b`.
  ///   - targets: Replaced by the token after each, and by those after the window, `[(T + lookahead)·B]`.
  public func read(
    _ window: Int, from first: Int, of tokens: some TokenSource, lookahead: Int = 0,
    inputs: inout [Int], targets: inout [Int]
  ) {
    inputs.removeAll(keepingCapacity: true)
    targets.removeAll(keepingCapacity: true)
    let length = length(of: window)
    for t in 0..<length + lookahead {
      for b in 0..<batchSize {
        let position = position(step: first + t, stream: b)
        if t < length { inputs.append(tokens[position]) }
        targets.append(tokens[position + 1])
      }
    }
  }
}
