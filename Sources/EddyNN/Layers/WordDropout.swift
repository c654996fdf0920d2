/// Leaves some words of the vocabulary out of a window, wherever they stand in it, and makes the vectors of the others as
/// much larger.
///
/// Which ones is drawn from counters: the same for every number of threads.
///
/// Source: Gal & Ghahramani, «A theoretically grounded application of dropout in recurrent neural networks», NIPS 2016, section
/// 4.2; scaled as in Merity, Keskar, Socher, «Regularizing and optimizing LSTM language models», ICLR 2018, section 4.3.
package struct WordDropout: Sendable {
  private let rate: Float
  private let philox: Philox

  /// - Parameter rate: The share of words that are left out, more than 0 and less than 1.
  package init(rate: Float, seed: UInt64) {
    precondition(
      rate > 0 && rate < 1, "A dropout rate is more than 0 and less than 1, not \(rate).")
    self.rate = rate
    philox = Philox(seed: seed)
  }

  /// A member's part of multiplying vectors, or their gradients, with 0 or with 1 / (1 − rate); a barrier must follow.
  ///
  /// - Parameters:
  ///   - vectors: `[N, D]`.
  ///   - words: The word that each of them is for.
  ///   - update: The number of the update, for decisions of its own.
  /// - Complexity: O(N·D)
  package func apply(
    to vectors: MatrixView, words: [Int], update: Int, member: ThreadTeam.Member
  ) {
    for row in member.share(of: vectors.rows) {
      let factor = factor(of: words[row], update: update)
      let vector = unsafe vectors[row: row]
      for column in 0..<vectors.columns { unsafe vector[column] *= factor }
    }
  }

  private func factor(of word: Int, update: Int) -> Float {
    let random = philox.block(
      SIMD4(
        Philox.Purpose.wordDropout.rawValue, UInt32(truncatingIfNeeded: update),
        UInt32(truncatingIfNeeded: word), 0))
    return Philox.unit(random.x) < rate ? 0 : 1 / (1 - rate)
  }
}
