import EddyNN

/// Draws one token after another from distributions, as ``SamplingOptions`` say.
///
/// Everything that decides is exact or our own arithmetic, and ties go to the smaller id, so the same
/// distributions give the same tokens on every processor.
package struct TokenSampler: Sendable {
  private let options: SamplingOptions
  private var random: PhiloxSequence

  /// - Parameter sample: Each sample draws from a stream of its own.
  package init(options: SamplingOptions, sample: Int) {
    self.options = options
    random = PhiloxSequence(
      seed: options.seed, purpose: .sampling, stream: UInt32(truncatingIfNeeded: sample))
  }

  /// Draws a token.
  ///
  /// - Parameters:
  ///   - logProbabilities: Natural, `[V]`; one that is no number counts as impossible.
  ///   - recent: The tokens before, the last at the end.
  ///   - excluded: Tokens that are not drawn.
  /// - Returns: The token's id; nil if none is possible.
  /// - Complexity: O(V), and O(n log n) in the tokens that `topK` or `topP` leave
  package mutating func next(
    from logProbabilities: Span<Float>, recent: [Int], excluded: [Int]
  ) -> Int? {
    let scores = scores(logProbabilities, recent: recent, excluded: excluded)
    guard let best = Self.best(scores.span) else { return nil }
    guard options.temperature > 0 else { return best }
    // Relative to the best first: even the smallest temperature then leaves it a weight of 1.
    let weights = weights(scores.span, largest: scores[best])
    return options.takesAll
      ? draw(from: scores.indices, weights) : draw(from: candidates(scores, weights), weights)
  }

  private func scores(_ logProbabilities: Span<Float>, recent: [Int], excluded: [Int]) -> [Double] {
    var scores = [Double](repeating: 0, count: logProbabilities.count)
    var span = scores.mutableSpan
    for id in logProbabilities.indices {
      let value = logProbabilities[id]
      span[id] = value.isNaN ? -.infinity : Double(value)
    }
    if options.repetitionPenalty != 1 {
      for token in Set(recent.suffix(options.repetitionWindow)) {
        span[token] *= options.repetitionPenalty
      }
    }
    for token in excluded { span[token] = -.infinity }
    return scores
  }

  /// The smallest id of the largest score.
  private static func best(_ scores: Span<Double>) -> Int? {
    var best: Int?
    var largest = -Double.infinity
    for id in scores.indices where scores[id] > largest { (best, largest) = (id, scores[id]) }
    return best
  }

  /// What each token's probability is in proportion to, 1 for the largest.
  private func weights(_ scores: Span<Double>, largest: Double) -> [Double] {
    var weights = [Double](repeating: 0, count: scores.count)
    var span = weights.mutableSpan
    for id in scores.indices {
      span[id] = Self.exponential((scores[id] - largest) / options.temperature)
    }
    return weights
  }

  /// The tokens left by `topK`, `topP` and `minP`, in an order that only the scores decide.
  private func candidates(_ scores: [Double], _ weights: [Double]) -> [Int] {
    let isBefore = { (a: Int, b: Int) in
      scores[a] == scores[b] ? a < b : scores[a] > scores[b]
    }
    var ids = Array(scores.indices)
    if options.topK > 0, options.topK < ids.count {
      ids = ids.first(options.topK, by: isBefore)
    }
    if options.topP < 1 {
      let total = ids.reduce(0) { $0 + weights[$1] }
      // What is far below the mean share of the tail cannot be needed; half the bound covers rounding.
      let least = (1 - options.topP) * total / Double(2 * ids.count)
      ids = ids.filter { weights[$0] >= least }.sorted(by: isBefore)
      var sum = 0.0
      if let last = ids.firstIndex(where: {
        sum += weights[$0]
        return sum >= options.topP * total
      }) {
        ids.removeSubrange((last + 1)...)
      }
    }
    if options.minP > 0 { ids.removeAll { weights[$0] < options.minP } }
    return ids
  }

  /// e to the power of a number that is 0 or less, within 10⁻¹³ (relative); 0 below −700.
  ///
  /// Every token needs one at every step, so this is not `PortableMath.exp` but what a compiler
  /// can vectorise: products and sums, each rounded by itself, which gives the same bits everywhere.
  package static func exponential(_ x: Double) -> Double {
    let clamped = x < -700 ? -700 : x
    // Adding 1.5·2⁵² rounds to a whole number n, and leaves it in the lowest bits.
    let shifted = clamped * 0x1.71547652b82fep0 + 0x1.8p52
    let n = shifted - 0x1.8p52
    let r = (clamped - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33
    var series = 1.0 / 39_916_800
    series = series * r + 1.0 / 3_628_800
    series = series * r + 1.0 / 362_880
    series = series * r + 1.0 / 40_320
    series = series * r + 1.0 / 5_040
    series = series * r + 1.0 / 720
    series = series * r + 1.0 / 120
    series = series * r + 1.0 / 24
    series = series * r + 1.0 / 6
    series = series * r + 0.5
    series = series * r + 1
    series = series * r + 1
    let power = Double(bitPattern: (shifted.bitPattern &+ 1023) << 52)
    return x < -700 ? 0 : series * power
  }

  private mutating func draw(from ids: some BidirectionalCollection<Int>, _ weights: [Double])
    -> Int?
  {
    var rest = random.nextUnit() * ids.reduce(0) { $0 + weights[$1] }
    for id in ids {
      if rest < weights[id] { return id }
      rest -= weights[id]
    }
    return ids.last { weights[$0] > 0 }
  }
}

extension SamplingOptions {
  /// Whether every token may be drawn.
  fileprivate var takesAll: Bool { topK == 0 && topP == 1 && minP == 0 }
}

extension [Int] {
  /// The first `count` elements in this order, without sorting the others.
  ///
  /// - Complexity: O(n log `count`)
  package func first(_ count: Int, by isBefore: (Int, Int) -> Bool) -> [Int] {
    // A heap with the last of the chosen at its root.
    var heap: [Int] = []
    heap.reserveCapacity(count)
    for element in self {
      if heap.count < count {
        heap.append(element)
        var child = heap.count - 1
        while child > 0, isBefore(heap[(child - 1) / 2], heap[child]) {
          heap.swapAt(child, (child - 1) / 2)
          child = (child - 1) / 2
        }
      } else if let root = heap.first, isBefore(element, root) {
        heap[0] = element
        var parent = 0
        while 2 * parent + 1 < count {
          var child = 2 * parent + 1
          if child + 1 < count, isBefore(heap[child], heap[child + 1]) { child += 1 }
          guard isBefore(heap[parent], heap[child]) else { break }
          heap.swapAt(parent, child)
          parent = child
        }
      }
    }
    return heap.sorted(by: isBefore)
  }
}
