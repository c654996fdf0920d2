public import EddyFiles
import EddyNN

/// Interpolated modified Kneser–Ney smoothing, the baseline that every neural model must beat.
///
/// With a(w₁…wₙ), how often an n-gram occurs at the longest length and after how many different words at shorter
/// ones, and a discount D for counts of 1, of 2, and of 3 or more,
///
/// ```
/// P(wₙ | w₁…wₙ₋₁) = (a(w₁…wₙ) − D(a)) / Σₓ a(w₁…wₙ₋₁x) + γ(w₁…wₙ₋₁) · P(wₙ | w₂…wₙ₋₁)
/// γ(w₁…wₙ₋₁)     = Σₓ D(a(w₁…wₙ₋₁x)) / Σₓ a(w₁…wₙ₋₁x)
/// ```
///
/// and below the unigrams all words alike. Discounts come from how many n-grams have the counts 1 to 4.
///
/// Source: Chen & Goodman, «An empirical study of smoothing techniques for language modeling», 1999, section 3
/// and equation 26 for the discounts; Heafield et al., «Scalable modified Kneser–Ney language model
/// estimation», ACL 2013, for sentence beginnings, which are counted as often as they occur.
public struct KneserNeyEstimator: Sendable {
  /// What is taken off the counts of one length.
  public struct Discounts: Sendable, Equatable {
    /// For counts of 1, of 2, and of 3 or more.
    public var one, two, more: Double
    /// Whether the text was too small to say, so that 0.5, 1 and 1.5 were taken.
    public var isFallback: Bool

    /// - Parameter counts: The counts of all n-grams of one length.
    init(_ counts: [UInt32]) {
      var number = [0.0, 0, 0, 0, 0]
      for count in counts where (1...4).contains(count) { number[Int(count)] += 1 }
      let share = number[1] / (number[1] + 2 * number[2])
      func discount(_ k: Int) -> Double {
        Double(k) - Double(k + 1) * share * number[k + 1] / number[k]
      }
      (one, two, more) = (discount(1), discount(2), discount(3))
      isFallback = !(one > 0 && one <= 1 && two > 0 && two <= 2 && more > 0 && more <= 3)
      if isFallback { (one, two, more) = (0.5, 1, 1.5) }
    }

    func callAsFunction(_ count: UInt32) -> Double {
      switch count {
      case 0: 0
      case 1: one
      case 2: two
      default: more
      }
    }

    public var json: JSON {
      .object([
        "one": .number(one), "two": .number(two), "more": .number(more),
        "fallback": .bool(isFallback),
      ])
    }
  }

  /// The strings that are sorted at once where nobody says.
  static let ordinaryBlockSize = 1 << 22

  /// Those of each length, from 1.
  public let discounts: [Discounts]
  let table: NGramTable

  /// Estimates a model of a text, which begins a sentence.
  ///
  /// - Parameters:
  ///   - order: N, 2 to 5.
  ///   - available: The bytes of memory that the counts may take.
  /// - Throws: ``TrainingError/tooLarge(bytes:available:)``
  /// - Complexity: O(n log n) for n tokens
  init(
    _ tokens: some TokenSource, order: Int, vocabularySize: Int, endOfSentence: Int,
    blockSize: Int = Self.ordinaryBlockSize, available: UInt64 = AvailableMemory.bytes
  ) throws(TrainingError) {
    precondition(
      NGramTable.orders.contains(order),
      "An order of \(NGramTable.orders.lowerBound) to \(NGramTable.orders.upperBound) is needed, "
        + "found \(order).")
    let tree = NGramTree(
      try NGramCounts(
        tokens, order: order, endOfSentence: endOfSentence, blockSize: blockSize,
        available: available),
      order: order, vocabularySize: vocabularySize, endOfSentence: endOfSentence)
    discounts = tree.levels.map { Discounts($0.counts) }

    var levels: [NGramTable.Level] = []
    var shorter = [1 / Double(vocabularySize)]
    for (level, discounts) in zip(tree.levels, discounts) {
      var probabilities = [Double](repeating: 0, count: level.count)
      /// - Returns: γ of the history that these n-grams share.
      func estimate(_ children: Range<Int>) -> Double {
        var (total, discounted) = (0.0, 0.0)
        for child in children {
          total += Double(level.counts[child])
          discounted += discounts(level.counts[child])
        }
        let backoff = total > 0 ? discounted / total : 1
        for child in children {
          let count = level.counts[child]
          let lower = shorter[level.suffixes.isEmpty ? 0 : Int(level.suffixes[child])]
          let own = total > 0 ? (Double(count) - discounts(count)) / total : 0
          probabilities[child] = own + backoff * lower
        }
        return backoff
      }
      if levels.isEmpty {
        _ = estimate(0..<level.count)
      } else {
        let last = levels.count - 1
        let bounds = levels[last].children
        levels[last].logBackoffs = levels[last].words.indices.map { node in
          let children = Int(bounds[node])..<Int(bounds[node + 1])
          return children.isEmpty ? 0 : Float(PortableMath.log(estimate(children)))
        }
      }
      levels.append(
        NGramTable.Level(
          words: level.words,
          logProbabilities: probabilities.map { Float(PortableMath.log($0)) },
          children: level.children))
      shorter = probabilities
    }
    table = NGramTable(levels: levels, endOfSentence: endOfSentence)
  }
}
