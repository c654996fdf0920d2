/// Counts the tokens of a text and makes a vocabulary of them.
package struct VocabularyBuilder: Sendable {
  private var table = WordTable()
  /// By the order in which tokens were first seen.
  private var counts: [Int] = []

  package init() {}

  /// The different tokens so far.
  var wordCount: Int { table.count }

  /// Takes a token without counting it.
  ///
  /// - Returns: Its provisional id: how many different ones came before it.
  mutating func see(_ token: Span<UInt8>) -> Int {
    let id = table.insert(token)
    if id == counts.count { counts.append(0) }
    return id
  }

  /// Counts one occurrence of a token that was seen.
  mutating func count(_ provisionalId: Int) { counts[provisionalId] += 1 }

  /// Takes and counts a token.
  package mutating func add(_ token: [UInt8]) { count(see(token.span)) }

  /// The vocabulary of the tokens that were counted.
  ///
  /// Tokens are ranked by count, then by bytes. Those that do not fit or are too rare become the
  /// unknown word, which inherits their counts. A vocabulary of bytes always has all 256.
  ///
  /// - Parameters:
  ///   - limit: The most entries, special ones included; nil for no limit.
  ///   - minimumCount: How often a token must occur.
  /// - Complexity: O(V log V)
  package func vocabulary(
    _ tokenizer: Tokenizer, limit: Int? = nil, minimumCount: Int = 1
  ) -> Vocabulary {
    ranked(tokenizer, limit: limit, minimumCount: minimumCount).vocabulary
  }

  /// The vocabulary, and the final id of every provisional one.
  func ranked(
    _ tokenizer: Tokenizer, limit: Int?, minimumCount: Int
  ) -> (vocabulary: Vocabulary, finalIds: [UInt32]) {
    var table = table
    var counts = counts
    var entries: [Int] = []
    for entry in tokenizer.requiredEntries {
      let id = table.insert(entry.span)
      if id == counts.count { counts.append(0) }
      entries.append(id)
    }
    precondition(
      limit.map { $0 >= 2 } != false && minimumCount >= 1,
      "A vocabulary needs room for 2 entries and a minimum count of 1, "
        + "found \(limit ?? 2) and \(minimumCount).")
    func isRanked(_ first: Int, before second: Int) -> Bool {
      Self.isRanked(first, before: second, counts: counts, table: table)
    }

    var isRequired = [Bool](repeating: false, count: counts.count)
    for id in entries { isRequired[id] = true }
    let candidates = counts.indices
      .filter { !isRequired[$0] && counts[$0] >= minimumCount }
      .sorted(by: isRanked)
    let kept = candidates.prefix(max(0, (limit ?? .max) - entries.count))
    entries += kept
    let unknown = table.id(ofEntry: Tokenizer.unknown)
    if let unknown {
      counts[unknown] += counts.reduce(0, +) - entries.reduce(0) { $0 + counts[$1] }
    }
    entries.sort(by: isRanked)

    var final = WordTable()
    var finalIds = [UInt32](repeating: .max, count: counts.count)
    for id in entries {
      let word = table.word(id)
      finalIds[id] = UInt32(final.insert(word.span))
    }
    if let unknown {
      for id in finalIds.indices where finalIds[id] == .max { finalIds[id] = finalIds[unknown] }
    }
    guard let end = table.id(ofEntry: tokenizer.endOfSentence) else {
      preconditionFailure("The end of a sentence is among the required entries.")
    }
    let vocabulary = Vocabulary(
      table: final, counts: entries.map { counts[$0] }, unknown: unknown.map { Int(finalIds[$0]) },
      endOfSentence: Int(finalIds[end]))
    return (vocabulary, finalIds)
  }

  /// An older vocabulary, and the id in it of every provisional one.
  ///
  /// - Parameter minimumCount: How often a word that is not in it must occur to come in, after the older
  ///   ones; without, none does.
  func extending(
    _ older: Vocabulary, minimumCount: Int?
  ) -> (vocabulary: Vocabulary, finalIds: [UInt32]) {
    var words = older.table
    var sums = older.counts
    var finalIds = counts.indices.map { id in
      let word = table.word(id)
      return words.id(of: word.span).map(UInt32.init)
    }
    if let minimumCount {
      let fresh = counts.indices
        .filter { finalIds[$0] == nil && counts[$0] >= minimumCount }
        .sorted { Self.isRanked($0, before: $1, counts: counts, table: table) }
      for id in fresh {
        let word = table.word(id)
        finalIds[id] = UInt32(words.insert(word.span))
        sums.append(0)
      }
    }
    // Where there is no unknown word, no word is.
    let unknown = UInt32(older.unknown ?? older.endOfSentence)
    let ids = finalIds.map { $0 ?? unknown }
    guard minimumCount != nil else { return (older, ids) }
    for (id, count) in zip(ids, counts) { sums[Int(id)] += count }
    let vocabulary = Vocabulary(
      table: words, counts: sums, unknown: older.unknown, endOfSentence: older.endOfSentence)
    return (vocabulary, ids)
  }

  /// By count, then by bytes.
  private static func isRanked(
    _ first: Int, before second: Int, counts: [Int], table: WordTable
  ) -> Bool {
    counts[first] == counts[second]
      ? table.isOrdered(first, before: second) : counts[first] > counts[second]
  }
}

extension WordTable {
  func id(ofEntry entry: [UInt8]) -> Int? { id(of: entry.span) }
}
