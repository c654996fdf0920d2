import HeapModule

/// Which neighbouring tokens become one: a byte-level encoding of text in pieces that are frequent.
///
/// A text is cut into words (``PieceSplitter``), and a word into bytes; then the pair that was learned first becomes
/// one token, the leftmost first, until no pair is left. Every string of bytes can be encoded, and comes back as it was.
///
/// Source: Sennrich, Haddow, Birch, «Neural machine translation of rare words with subword units», ACL 2016, section
/// 3.2; Radford et al., «Language models are unsupervised multitask learners», 2019, section 2.2, for bytes.
public struct BytePairs: Sendable, Equatable {
  /// The tokens that there are where nobody says.
  static let ordinaryLimit = 8192

  /// Two tokens that become a third.
  struct Merge: Sendable, Equatable {
    let first, second, result: UInt32
  }

  /// The pairs, those that were learned first in front.
  let merges: [Merge]
  /// The token of each byte.
  let bytes: [UInt32]
  /// The place in `merges` of each pair.
  private let ranks: [UInt64: UInt32]

  /// - Precondition: there are 256 bytes, and no pair comes twice.
  init(bytes: [UInt32], merges: [Merge]) {
    precondition(bytes.count == 256, "256 bytes are needed, found \(bytes.count).")
    self.bytes = bytes
    self.merges = merges
    var ranks: [UInt64: UInt32] = [:]
    for (rank, merge) in merges.enumerated() {
      ranks[Self.key(merge.first, merge.second)] = UInt32(rank)
    }
    self.ranks = ranks
  }

  public static func == (first: Self, second: Self) -> Bool {
    first.merges == second.merges && first.bytes == second.bytes
  }

  static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
    UInt64(first) << 32 | UInt64(second)
  }

  /// Whether a token other than the line feed holds one.
  func joinsLines(_ vocabulary: WordTable) -> Bool {
    merges.contains { vocabulary.word(Int($0.result)).contains(UInt8(ascii: "\n")) }
  }

  /// The tokens of a word. O(n log n) for its n bytes
  func tokens(of word: Span<UInt8>) -> [UInt32] {
    var tokens: [UInt32] = []
    tokens.reserveCapacity(word.count)
    for index in word.indices { tokens.append(bytes[Int(word[index])]) }
    guard tokens.count > 1 else { return tokens }
    var queue = Heap<Join>()
    // The neighbours of each token that is left; a joined token stands at the place of its first half.
    var next = Array(1...tokens.count)
    var previous = Array(-1..<tokens.count - 1)
    var isLeft = [Bool](repeating: true, count: tokens.count)
    func consider(_ place: Int) {
      guard place >= 0, next[place] < tokens.count,
        let rank = ranks[Self.key(tokens[place], tokens[next[place]])]
      else { return }
      queue.insert(Join(rank: rank, place: place))
    }
    for place in tokens.indices { consider(place) }
    while let join = queue.popMin() {
      let place = join.place
      guard isLeft[place], next[place] < tokens.count,
        ranks[Self.key(tokens[place], tokens[next[place]])] == join.rank
      else { continue }
      tokens[place] = merges[Int(join.rank)].result
      isLeft[next[place]] = false
      next[place] = next[next[place]]
      if next[place] < tokens.count { previous[next[place]] = place }
      consider(previous[place])
      consider(place)
    }
    return tokens.indices.filter { isLeft[$0] }.map { tokens[$0] }
  }

  /// A pair that can be joined: the one that was learned first, then the leftmost.
  private struct Join: Comparable {
    let rank: UInt32
    let place: Int

    static func < (first: Self, second: Self) -> Bool {
      first.rank == second.rank ? first.place < second.place : first.rank < second.rank
    }
  }
}

extension BytePairs {
  /// Byte pairs over the tokens of a table.
  ///
  /// - Parameter merges: Two ids for each pair.
  /// - Throws: ``VocabularyError``
  init(merges pairs: [UInt32], of table: WordTable) throws(VocabularyError) {
    guard pairs.count % 2 == 0 else { throw .merge(index: pairs.count / 2) }
    var bytes: [UInt32] = []
    for byte in 0...UInt8.max {
      guard let id = table.id(ofEntry: [byte]) else {
        throw .missing(entry: String(decoding: [byte], as: UTF8.self))
      }
      bytes.append(UInt32(id))
    }
    var merges: [Merge] = []
    var seen: Set<UInt64> = []
    for index in 0..<pairs.count / 2 {
      let (first, second) = (pairs[2 * index], pairs[2 * index + 1])
      guard first < table.count, second < table.count,
        let result = table.id(ofEntry: table.word(Int(first)) + table.word(Int(second))),
        seen.insert(Self.key(first, second)).inserted
      else { throw .merge(index: index) }
      merges.append(Merge(first: first, second: second, result: UInt32(result)))
    }
    self.init(bytes: bytes, merges: merges)
  }
}
