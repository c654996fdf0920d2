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
  ) -> (vocabulary: Vocabulary, finalIds: FinalIds) {
    guard tokenizer.kind != .bpe else {
      let vocabulary = pieces(
        tokenizer, limit: limit ?? BytePairs.ordinaryLimit, minimumCount: minimumCount)
      return (vocabulary, FinalIds(of: table, in: vocabulary))
    }
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
    return (vocabulary, FinalIds(finalIds))
  }

  /// A vocabulary of strings of bytes, ranked as words are, made of the words that were counted.
  private func pieces(_ tokenizer: Tokenizer, limit: Int, minimumCount: Int) -> Vocabulary {
    let words = counts.indices.filter { counts[$0] > 0 }.map { (self.table.word($0), counts[$0]) }
    // What occurs once is no pattern.
    let trainer = BytePairTrainer(words, limit: limit, minimumCount: max(2, minimumCount))
    let sums = trainer.counts
    let tokens = trainer.tokens
    let order = tokens.indices.sorted {
      sums[$0] == sums[$1]
        ? tokens[$0].lexicographicallyPrecedes(tokens[$1]) : sums[$0] > sums[$1]
    }
    var table = WordTable()
    var ids = [UInt32](repeating: 0, count: tokens.count)
    for token in order {
      let bytes = tokens[token]
      ids[token] = UInt32(table.insert(bytes.span))
    }
    let merges = trainer.merges.map {
      BytePairs.Merge(
        first: ids[Int($0.first)], second: ids[Int($0.second)], result: ids[Int($0.result)])
    }
    return Vocabulary(
      table: table, counts: order.map { sums[$0] }, unknown: nil,
      endOfSentence: Int(ids[Int(UInt8(ascii: "\n"))]),
      bytePairs: BytePairs(bytes: Array(ids.prefix(256)), merges: merges))
  }

  /// An older vocabulary, and the id in it of every provisional one.
  ///
  /// - Parameter minimumCount: How often a word that is not in it must occur to come in, after the older
  ///   ones; without, none does.
  func extending(
    _ older: Vocabulary, minimumCount: Int?
  ) -> (vocabulary: Vocabulary, finalIds: FinalIds) {
    // Strings of bytes say everything already.
    guard older.bytePairs == nil else { return (older, FinalIds(of: table, in: older)) }
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
    guard minimumCount != nil else { return (older, FinalIds(ids)) }
    for (id, count) in zip(ids, counts) { sums[Int(id)] += count }
    let vocabulary = Vocabulary(
      table: words, counts: sums, unknown: older.unknown, endOfSentence: older.endOfSentence)
    return (vocabulary, FinalIds(ids))
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

/// The ids in a vocabulary of everything that was counted: one each, but where words are made of strings of bytes.
struct FinalIds {
  private var ids: [UInt32]
  /// Where the ids of each begin, and at last where the last ones end; nothing if each has one.
  private var starts: [Int] = []

  init(_ ids: [UInt32]) { self.ids = ids }

  init(of words: WordTable, in vocabulary: Vocabulary) {
    ids = []
    starts = [0]
    for word in 0..<words.count {
      let bytes = words.word(word)
      vocabulary.forEachId(of: bytes.span) { ids.append(UInt32($0)) }
      starts.append(ids.count)
    }
  }

  func forEach(of provisional: Int, _ body: (Int) -> Void) {
    guard !starts.isEmpty else { return body(Int(ids[provisional])) }
    for index in starts[provisional]..<starts[provisional + 1] { body(Int(ids[index])) }
  }
}
