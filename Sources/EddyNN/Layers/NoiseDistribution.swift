/// The distribution that words are drawn from to be told apart from the true one: counts to the power 0.75.
///
/// Source: Mikolov, Sutskever, Chen, Corrado, Dean, «Distributed representations of words and phrases and their
/// compositionality», NIPS 2013, section 2.2.
package struct NoiseDistribution: Sendable {
  /// The sums of the weights of each word and of all before it.
  private let cumulative: [Double]

  /// - Parameter counts: How often each word occurs; a word that never does counts as one that does once.
  /// - Precondition: there is a word.
  package init(counts: [Int]) {
    precondition(!counts.isEmpty, "A distribution needs a word.")
    var sum = 0.0
    cumulative = counts.map { count in
      // Two square roots, which are exact to the last bit everywhere; a power is not.
      let root = Double(max(count, 1)).squareRoot()
      sum += root * root.squareRoot()
      return sum
    }
  }

  /// The distribution of a layer whose bias is ``logExpectedCounts(samples:)``: what a network was trained against goes with
  /// it, also when words are added.
  ///
  /// - Parameter bias: log(K·q), but for a constant, `[1, V]`.
  package init(bias: Matrix) {
    var sum = 0.0
    cumulative = bias.elements.map { value in
      sum += PortableMath.exp(Double(value))
      return sum
    }
  }

  package var wordCount: Int { cumulative.count }
  private var total: Double { cumulative[cumulative.count - 1] }

  /// The word that a random number chooses.
  ///
  /// - Complexity: O(log V)
  package func word(_ random: UInt32) -> Int {
    let place = (Double(random) + 0.5) * 0x1p-32 * total
    var (first, last) = (0, cumulative.count - 1)
    while first < last {
      let middle = (first + last) / 2
      if cumulative[middle] > place { last = middle } else { first = middle + 1 }
    }
    return first
  }

  /// log(K·q) of each word, `[1, V]`, where `K` are drawn: what makes scores that were learned against the drawn
  /// words log-probabilities, but for a constant.
  ///
  /// Source: Goldberg & Levy, «word2vec explained», 2014, and Levy & Goldberg, «Neural word embedding as implicit
  /// matrix factorization», NIPS 2014, equation 8.
  package func logExpectedCounts(samples: Int) -> Matrix {
    var previous = 0.0
    return Matrix(
      rows: 1, columns: cumulative.count,
      elements: cumulative.map { sum in
        defer { previous = sum }
        return Float(PortableMath.log(Double(samples) * (sum - previous) / total))
      })
  }
}
