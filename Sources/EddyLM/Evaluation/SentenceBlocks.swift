import EddyNN

/// Sums over runs of whole sentences, the same number of sentences in each: what is drawn again in a bootstrap, which must
/// not take the words of a sentence for independent.
///
/// However long the text is, there are at most 8192 blocks: when they are full, neighbours are joined.
public struct SentenceBlocks: Sendable, Equatable {
  /// A run of sentences.
  public struct Block: Sendable, Equatable {
    /// The natural log-probability of its tokens.
    public var logProbability = 0.0
    public var tokens = 0

    /// The mean negative log-probability of a token, in nats.
    var loss: Double { -logProbability / Double(tokens) }

    mutating func add(_ other: Block) {
      logProbability += other.logProbability
      tokens += other.tokens
    }
  }

  private static let limit = 8192
  /// Fewer blocks say nothing about how texts differ.
  private static let least = 20

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

/// How one model does beside another on the same sentences.
public struct PairedComparison: Sendable, Equatable {
  /// The first model's perplexity as a share of the other's: less than 1 if it is better.
  public let ratio: Double
  /// Where that lies 95 times of 100.
  public let interval: ClosedRange<Double>
  /// The share of the drawn texts on which the first model is better.
  public let shareBetter: Double
}

extension SentenceBlocks {
  /// The 95 % interval of this model's perplexity on text of this kind.
  ///
  /// The blocks are drawn with replacement 1000 times; the interval holds the middle 95 % of the perplexities. It
  /// is the same in every call.
  ///
  /// - Returns: nil if there are fewer than 20 blocks, or a log-probability is no number.
  /// - Complexity: O(blocks)
  /// - Source: Efron & Tibshirani, «An introduction to the bootstrap», 1993, section 13.3; of sentences, as Bisani & Ney,
  ///   «Bootstrap estimates for confidence intervals in ASR performance evaluation», ICASSP 2004.
  public func perplexityInterval() -> ClosedRange<Double>? {
    let losses = Self.losses(of: all)
    return losses.isEmpty ? nil : Self.middle(losses)
  }

  /// How much better or worse this model is than another on the same sentences: both are drawn together, so that what is hard
  /// for both does not count.
  ///
  /// - Parameter other: What another model said about the same tokens.
  /// - Returns: nil if there are fewer than 20 blocks, the tokens were not the same, or a log-probability is no number.
  /// - Complexity: O(blocks)
  /// - Source: Koehn, «Statistical significance tests for machine translation evaluation», EMNLP 2004, section 5.
  public func compared(with other: SentenceBlocks) -> PairedComparison? {
    let (mine, others) = (all, other.all)
    guard mine.map(\.tokens) == others.map(\.tokens) else { return nil }
    let differences = zip(mine, others).map { block, other in
      Block(
        logProbability: block.logProbability - other.logProbability, tokens: block.tokens)
    }
    let losses = Self.losses(of: differences)
    guard !losses.isEmpty else { return nil }
    var sum = Block()
    for difference in differences { sum.add(difference) }
    return PairedComparison(
      ratio: PortableMath.exp(sum.loss), interval: Self.middle(losses),
      shareBetter: Double(losses.count { $0 < 0 }) / Double(losses.count))
  }

  /// The losses of 1000 texts whose blocks are drawn from these with replacement, in ascending order; none if there are
  /// fewer than ``least``.
  private static func losses(of blocks: [Block]) -> [Double] {
    guard blocks.count >= least, blocks.allSatisfy({ $0.logProbability.isFinite }) else {
      return []
    }
    var random = PhiloxSequence(seed: 0, purpose: .bootstrap)
    return (0..<1000).map { _ in
      var sum = Block()
      for _ in blocks {
        sum.add(blocks[Int(random.next().multipliedFullWidth(by: UInt64(blocks.count)).high)])
      }
      return sum.loss
    }.sorted()
  }

  /// The exponentials of the middle 95 %.
  private static func middle(_ losses: [Double]) -> ClosedRange<Double> {
    let outside = losses.count / 40
    return PortableMath.exp(
      losses[outside])...PortableMath.exp(losses[losses.count - 1 - outside])
  }
}
