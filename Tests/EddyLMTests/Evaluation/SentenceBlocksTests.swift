import EddyLM
import EddyNN
import Testing

@Suite("Bootstrap of sentences")
struct SentenceBlocksTests {
  /// Sentences of 1 to 9 tokens, each with a log-probability of its own.
  ///
  /// - Parameter gain: Added to each token's log-probability on average, in every other sentence by itself.
  private func sentences(_ count: Int, gain: Float = 0) -> SentenceBlocks {
    var blocks = SentenceBlocks()
    var random = PhiloxSequence(seed: 7, purpose: .sampling)
    for index in 0..<count {
      let length = 1 + Int(random.next() % 9)
      let mean = Float(-3 - 4 * random.nextUnit()) + (index % 2 == 0 ? 2 * gain : 0)
      for token in 1...length { blocks.add(mean, endsSentence: token == length) }
    }
    return blocks
  }

  @Test("a block is a sentence; what has no end yet is one, too")
  func blocks() {
    var blocks = SentenceBlocks()
    #expect(blocks.all.isEmpty && blocks.perplexityInterval() == nil)
    for (value, ends) in [(Float(-1), false), (-2, true), (-4, true), (-8, false)] {
      blocks.add(value, endsSentence: ends)
    }
    #expect(blocks.all.map(\.logProbability) == [-3, -4, -8])
    #expect(blocks.all.map(\.tokens) == [2, 1, 1])
  }

  @Test("a long text has a bounded number of blocks, and loses nothing")
  func bounded() {
    var blocks = SentenceBlocks()
    for index in 0..<100_000 { blocks.add(-1, endsSentence: index % 2 == 1) }
    #expect(blocks.all.count <= 8192 && blocks.all.count > 4000)
    #expect(blocks.all.reduce(0) { $0 + $1.tokens } == 100_000)
    #expect(blocks.all.reduce(0) { $0 + $1.logProbability } == -100_000)
    #expect(Set(blocks.all.dropLast().map(\.tokens)).count == 1)
  }

  @Test("the interval is that of the normal distribution where there are many sentences")
  func interval() throws {
    let blocks = sentences(2000)
    let all = blocks.all
    let interval = try #require(blocks.perplexityInterval())
    #expect(blocks.perplexityInterval() == interval)
    // The standard error of a ratio of two sums, by the delta method.
    let tokens = all.reduce(0.0) { $0 + Double($1.tokens) }
    let loss = -all.reduce(0.0) { $0 + $1.logProbability } / tokens
    let variance = all.reduce(0.0) {
      let residual = -$1.logProbability - loss * Double($1.tokens)
      return $0 + residual * residual
    }
    let error = 1.96 * variance.squareRoot() / tokens
    #expect(abs(PortableMath.log(interval.lowerBound) - (loss - error)) < 0.1 * error)
    #expect(abs(PortableMath.log(interval.upperBound) - (loss + error)) < 0.1 * error)
  }

  @Test("a small gain on the same sentences is seen, where two intervals overlap")
  func comparison() throws {
    let (plain, better) = (sentences(1000), sentences(1000, gain: 0.02))
    let (wide, other) = try (
      #require(plain.perplexityInterval()), #require(better.perplexityInterval())
    )
    #expect(wide.overlaps(other))
    let comparison = try #require(better.compared(with: plain))
    #expect(abs(PortableMath.log(comparison.ratio) + 0.02) < 0.003)
    #expect(comparison.interval.contains(comparison.ratio) && comparison.interval.upperBound < 1)
    #expect(comparison.shareBetter == 1)
    let reverse = try #require(plain.compared(with: better))
    #expect(abs(reverse.ratio * comparison.ratio - 1) < 1e-12)
    #expect(plain.compared(with: plain)?.ratio == 1)
    // Other tokens, or too few sentences.
    #expect(plain.compared(with: sentences(999)) == nil)
    #expect(sentences(19).compared(with: sentences(19)) == nil)
    #expect(sentences(20).compared(with: sentences(20)) != nil)
  }

  @Test("what is no number has no interval", arguments: [Float.nan, -.infinity])
  func notFinite(value: Float) {
    var blocks = sentences(100)
    blocks.add(value, endsSentence: true)
    #expect(blocks.perplexityInterval() == nil)
    #expect(blocks.compared(with: blocks) == nil)
  }
}
