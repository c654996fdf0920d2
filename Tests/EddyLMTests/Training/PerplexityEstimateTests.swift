import EddyLM
import EddyNN
import Testing

@Suite("the perplexity to expect")
struct PerplexityEstimateTests {
  @Test("is lower the more is read and the better n-grams are, and lies in its range")
  func order() {
    let losses = [1_000_000, 3_000_000, 10_000_000].map {
      PerplexityEstimate(nGramLoss: 5, tokensRead: $0).perplexity
    }
    #expect(losses == losses.sorted(by: >))
    let (easy, hard) = (
      PerplexityEstimate(nGramLoss: 1.6, tokensRead: 5_000_000),
      PerplexityEstimate(nGramLoss: 5, tokensRead: 5_000_000)
    )
    #expect(easy.perplexity < hard.perplexity && easy.range.contains(easy.perplexity))
    #expect(abs(hard.nGrams - PortableMath.exp(5.0)) < 1e-9)
  }
}
