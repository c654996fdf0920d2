import EddyNN
import Testing

@Suite("dropout of whole words")
struct WordDropoutTests {
  private func factors(rate: Float, words: [Int], update: Int, threads: Int = 1) -> [Float] {
    let dropout = WordDropout(rate: rate, seed: 3)
    let vectors = Buffer(Matrix(rows: words.count, columns: 1, elements: words.map { _ in 1 }))
    let view = vectors.view
    ThreadTeam(count: threads).run {
      dropout.apply(to: view, words: words, update: update, member: $0)
    }
    return vectors.matrix.elements
  }

  @Test("leaves out the share that was asked for, and makes up for it")
  func share() {
    let found = factors(rate: 0.3, words: Array(0..<10_000), update: 1)
    #expect(abs(Double(found.count { $0 == 0 }) / 10_000 - 0.3) < 0.02)
    #expect(found.allSatisfy { $0 == 0 || $0 == 1 / (1 - 0.3) })
  }

  @Test("a word has the same fate wherever it stands, another in the next update")
  func sameWord() {
    let words = (0..<100).map { $0 % 50 }
    let found = factors(rate: 0.5, words: words, update: 7)
    #expect(found.prefix(50) == found.suffix(50))
    #expect(factors(rate: 0.5, words: words, update: 8) != found)
    #expect(factors(rate: 0.5, words: words, update: 7, threads: 3) == found)
  }
}
