import EddyNN

/// Sums over runs of whole sentences, the same number of sentences in each: what is drawn again in a bootstrap, which must
/// not take the words of a sentence for independent.
///
/// However long the text is, there are at most ``limit`` blocks: when they are full, neighbours are joined.
public struct SentenceBlocks: Sendable, Equatable {
  /// A run of sentences.
  public struct Block: Sendable, Equatable {
    /// The natural log-probability of its tokens.
    public var logProbability = 0.0
    public var tokens = 0

    mutating func add(_ other: Block) {
      logProbability += other.logProbability
      tokens += other.tokens
    }
  }

  static let limit = 8192

  private var finished: [Block] = []
  private var current = Block()
  private var sentencesInCurrent = 0
  private var sentencesPerBlock = 1

  public init() {}

  /// All blocks, the last of which may have fewer sentences.
  public var all: [Block] { current.tokens > 0 ? finished + [current] : finished }

  /// Adds the next token.
  public mutating func add(_ logProbability: Float, endsSentence: Bool) {
    current.add(Block(logProbability: Double(logProbability), tokens: 1))
    guard endsSentence else { return }
    sentencesInCurrent += 1
    guard sentencesInCurrent == sentencesPerBlock else { return }
    if finished.count == Self.limit { joinNeighbours() }
    // After a join the block is only half of one.
    guard sentencesInCurrent == sentencesPerBlock else { return }
    finished.append(current)
    current = Block()
    sentencesInCurrent = 0
  }

  private mutating func joinNeighbours() {
    finished = stride(from: 0, to: finished.count, by: 2).map { index in
      var block = finished[index]
      block.add(finished[index + 1])
      return block
    }
    sentencesPerBlock *= 2
  }
}

extension SentenceBlocks {
  /// Where the perplexity of other texts of this kind and length would lie, 95 times of 100.
  ///
  /// The blocks are drawn with replacement 1000 times; the interval holds the middle 95 % of the perplexities. It
  /// is the same in every call.
  ///
  /// - Returns: nil if there are fewer than two blocks.
  /// - Complexity: O(blocks)
  /// - Source: Efron & Tibshirani, «An introduction to the bootstrap», 1993, section 13.3; of sentences, as Bisani & Ney,
  ///   «Bootstrap estimates for confidence intervals in ASR performance evaluation», ICASSP 2004.
  public func perplexityInterval() -> ClosedRange<Double>? {
    let (blocks, draws) = (all, 1000)
    guard blocks.count > 1 else { return nil }
    var random = PhiloxSequence(seed: 0, purpose: .bootstrap)
    let losses = (0..<draws).map { _ in
      var sum = Block()
      for _ in blocks {
        sum.add(blocks[Int(random.next().multipliedFullWidth(by: UInt64(blocks.count)).high)])
      }
      return -sum.logProbability / Double(sum.tokens)
    }.sorted()
    let outside = draws / 40
    return PortableMath.exp(losses[outside])...PortableMath.exp(losses[draws - 1 - outside])
  }
}
