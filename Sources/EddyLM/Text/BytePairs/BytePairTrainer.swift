import HeapModule

/// Learns which pairs of neighbouring tokens become one: always the most frequent, of equal ones that whose tokens came
/// first.
struct BytePairTrainer {
  /// A word of the text as tokens: 0 ..< 256 are bytes, then come the results of merges.
  private struct Word {
    var tokens: [UInt32]
    let count: Int
  }

  /// A pair as it stood in the queue.
  private struct Candidate: Comparable {
    let pair: UInt64
    let count: Int

    static func < (first: Self, second: Self) -> Bool {
      first.count == second.count ? first.pair > second.pair : first.count < second.count
    }
  }

  private var words: [Word]
  private var pairCounts: [UInt64: Int] = [:]
  /// The words in which a pair came up; it may have gone.
  private var places: [UInt64: [Int32]] = [:]
  private var queue = Heap<Candidate>()
  private(set) var merges: [BytePairs.Merge] = []
  /// The bytes of each token: first the 256 bytes.
  private(set) var tokens = (0...UInt8.max).map { [$0] }
  /// Different pairs may give the same token.
  private var ids: [[UInt8]: UInt32] = [:]

  /// - Parameters:
  ///   - words: Different words of the text, and how often each occurs.
  ///   - limit: The most tokens.
  ///   - minimumCount: How often a pair must occur.
  /// - Complexity: O(bytes of the words + merges · the words that each changes)
  init(_ words: [(bytes: [UInt8], count: Int)], limit: Int, minimumCount: Int) {
    self.words = words.map { Word(tokens: $0.bytes.map(UInt32.init), count: $0.count) }
    for index in words.indices {
      count(self.words[index].tokens, in: index, by: words[index].count)
    }
    queue = Heap(pairCounts.map { Candidate(pair: $0.key, count: $0.value) })
    for (id, bytes) in tokens.enumerated() { ids[bytes] = UInt32(id) }
    while tokens.count < limit, let best = queue.popMax() {
      let current = pairCounts[best.pair] ?? 0
      guard current == best.count else {
        if current > 0 { queue.insert(Candidate(pair: best.pair, count: current)) }
        continue
      }
      guard current >= minimumCount else { break }
      join(best.pair)
    }
  }

  /// How often each token occurs in the words, joined as they are.
  var counts: [Int] {
    var sums = [Int](repeating: 0, count: tokens.count)
    for word in words { for token in word.tokens { sums[Int(token)] += word.count } }
    return sums
  }

  /// Adds `amount` for each pair of a word.
  private mutating func count(_ tokens: [UInt32], in word: Int, by amount: Int) {
    for index in tokens.indices.dropFirst() {
      let pair = BytePairs.key(tokens[index - 1], tokens[index])
      pairCounts[pair, default: 0] += amount
      if amount > 0, places[pair]?.last != Int32(word) {
        places[pair, default: []].append(Int32(word))
      }
    }
  }

  private mutating func join(_ pair: UInt64) {
    let (first, second) = (UInt32(pair >> 32), UInt32(truncatingIfNeeded: pair))
    let bytes = tokens[Int(first)] + tokens[Int(second)]
    let result = ids[bytes] ?? UInt32(tokens.count)
    if result == tokens.count {
      tokens.append(bytes)
      ids[bytes] = result
    }
    let merge = BytePairs.Merge(first: first, second: second, result: result)
    merges.append(merge)
    var fresh: Set<UInt64> = []
    for place in places[pair] ?? [] {
      let index = Int(place)
      var tokens = words[index].tokens
      let before = tokens
      merge.apply(to: &tokens)
      guard tokens.count < before.count else { continue }
      words[index].tokens = tokens
      let amount = words[index].count
      count(before, in: index, by: -amount)
      count(tokens, in: index, by: amount)
      for index in tokens.indices.dropFirst()
      where tokens[index - 1] == merge.result || tokens[index] == merge.result {
        fresh.insert(BytePairs.key(tokens[index - 1], tokens[index]))
      }
    }
    pairCounts[pair] = nil
    places[pair] = nil
    // Which comes first in the queue does not depend on the order in which they come in.
    for pair in fresh { queue.insert(Candidate(pair: pair, count: pairCounts[pair] ?? 0)) }
  }
}

extension BytePairs.Merge {
  /// Joins the pair wherever it stands, from the left.
  fileprivate func apply(to tokens: inout [UInt32]) {
    var (read, write) = (0, 0)
    while read < tokens.count {
      let isPair =
        read + 1 < tokens.count && tokens[read] == first && tokens[read + 1] == second
      tokens[write] = isPair ? result : tokens[read]
      read += isPair ? 2 : 1
      write += 1
    }
    tokens.removeLast(tokens.count - write)
  }
}
