import EddyFiles

/// The tokens that a model knows, numbered by rank: the most frequent first, then by their bytes.
///
/// Words are told apart by their bytes, not as `String` does by canonical equivalence. The special
/// entries (`<unk>`, `<eos>`) are ranked like all others.
public struct Vocabulary: Sendable, Equatable {
  let table: WordTable
  let counts: [Int]
  /// The id of `<unk>`, which stands for all other words; nil for a vocabulary of bytes.
  public let unknown: Int?
  /// The id of `<eos>`, or of the line feed in a vocabulary of characters or bytes.
  public let endOfSentence: Int
  /// How words are made of the tokens, where these are strings of bytes.
  public let bytePairs: BytePairs?

  /// - Parameters:
  ///   - words: The entries by id, all different, none empty.
  ///   - counts: How often each occurs; 0 without.
  /// - Precondition: the ids are in range and the words as said.
  package init(words: [[UInt8]], counts: [Int]? = nil, unknown: Int?, endOfSentence: Int) {
    var table = WordTable()
    for (id, word) in words.enumerated() {
      precondition(
        !word.isEmpty && table.insert(word.span) == id,
        "A vocabulary needs different words that are not empty, found \(word) at \(id).")
    }
    self.init(
      table: table, counts: counts ?? Array(repeating: 0, count: words.count), unknown: unknown,
      endOfSentence: endOfSentence)
  }

  /// A vocabulary of whole words, for texts that are in memory: `<unk>` is 0, `<eos>` is 1, and the words follow in their
  /// order.
  ///
  /// - Precondition: the words are all different, none is empty, and none is `<unk>` or `<eos>`.
  public init(words: [String]) {
    let special = [Tokenizer.unknown, Array("<eos>".utf8)]
    self.init(words: special + words.map { Array($0.utf8) }, unknown: 0, endOfSentence: 1)
  }

  init(
    table: WordTable, counts: [Int], unknown: Int?, endOfSentence: Int,
    bytePairs: BytePairs? = nil
  ) {
    let ids = 0..<table.count
    precondition(
      counts.count == ids.count && ids.contains(endOfSentence)
        && unknown.map(ids.contains) != false,
      "A vocabulary of \(table.count) words needs as many counts and ids below that, "
        + "found \(counts.count), \(endOfSentence), \(unknown ?? 0).")
    self.table = table
    self.counts = counts
    self.unknown = unknown
    self.endOfSentence = endOfSentence
    self.bytePairs = bytePairs
  }

  /// The number of entries, special ones included.
  public var count: Int { table.count }

  /// The id of a token; nil if it is not an entry.
  ///
  /// - Complexity: O(its bytes)
  public func id(of bytes: [UInt8]) -> Int? { table.id(of: bytes.span) }

  func id(of bytes: Span<UInt8>) -> Int? { table.id(of: bytes) }

  /// Hands over the ids of what the tokenizer cut: one, but where words are made of strings of bytes; that of the
  /// unknown word for what is no entry.
  func forEachId(of piece: Span<UInt8>, _ body: (Int) -> Void) {
    if let bytePairs {
      for id in bytePairs.tokens(of: piece) { body(Int(id)) }
    } else {
      // Every byte is in a vocabulary of bytes; all others have an unknown word.
      body(table.id(of: piece) ?? unknown ?? endOfSentence)
    }
  }

  /// The bytes of a token.
  ///
  /// - Precondition: `id` is in `0 ..< count`; so for the two below.
  public func bytes(of id: Int) -> [UInt8] {
    check(id)
    return table.word(id)
  }

  /// The token for a person; bytes that are no UTF-8 become U+FFFD.
  public func string(of id: Int) -> String { String(decoding: bytes(of: id), as: UTF8.self) }

  /// How often the token occurs in the text from which the vocabulary was made.
  public func occurrences(of id: Int) -> Int {
    check(id)
    return counts[id]
  }

  /// Whether it is known how often tokens occur; not so for an imported model.
  ///
  /// - Complexity: O(entries)
  public var hasCounts: Bool { counts.contains { $0 > 0 } }

  private func check(_ id: Int) {
    precondition(
      id >= 0 && id < count, "A token id of this vocabulary is in 0 ..< \(count), not \(id).")
  }
}

// MARK: At rest

extension Vocabulary {
  /// Reads a vocabulary from its three arrays.
  ///
  /// - Parameters:
  ///   - bytes: All words, one after another.
  ///   - offsets: Where each word begins in `bytes`, and where the last ends: one more than words.
  ///   - counts: How often each occurs.
  ///   - merges: For strings of bytes: the pairs that are joined, the first learned first, two ids each.
  /// - Throws: ``VocabularyError``
  public init(
    bytes: [UInt8], offsets: [Int], counts: [Int], merges: [UInt32] = [], tokenizer: Tokenizer
  ) throws(VocabularyError) {
    guard offsets.count == counts.count + 1 else {
      throw .lengths(offsets: offsets.count, counts: counts.count)
    }
    guard offsets.first == 0, offsets.last == bytes.count, counts.count < WordTable.limit else {
      throw .range(first: offsets.first ?? 0, last: offsets.last ?? 0, bytes: bytes.count)
    }
    var table = WordTable(words: counts.count, bytes: bytes.count)
    for id in counts.indices {
      let range = (offsets[id], offsets[id + 1])
      guard range.0 < range.1, range.1 <= bytes.count else {
        throw .offset(id: id, start: range.0, end: range.1)
      }
      guard counts[id] >= 0 else { throw .count(id: id, found: counts[id]) }
      let word = bytes.span.extracting(range.0..<range.1)
      if !tokenizer.hasByteTokens, !UTF8Scalars.areValid(word) {
        throw .encoding(id: id)
      }
      guard table.insert(word) == id else { throw .duplicate(id: id) }
    }
    for entry in tokenizer.requiredEntries where table.id(of: entry.span) == nil {
      throw .missing(entry: String(decoding: entry, as: UTF8.self))
    }
    guard tokenizer.kind != .byte || table.count == 256 else {
      throw .bytes(found: table.count)
    }
    guard let endOfSentence = table.id(of: tokenizer.endOfSentence.span) else {
      throw .missing(entry: String(decoding: tokenizer.endOfSentence, as: UTF8.self))
    }
    let entry = Tokenizer.unknown
    let unknown = tokenizer.hasByteTokens ? nil : table.id(of: entry.span)
    let pairs = tokenizer.kind == .bpe ? try BytePairs(merges: merges, of: table) : nil
    self.init(
      table: table, counts: counts, unknown: unknown, endOfSentence: endOfSentence,
      bytePairs: pairs)
  }

  /// Reads the tensors that ``add(to:)`` writes. Smaller types of numbers would grow.
  ///
  /// - Throws: `FileError`, ``VocabularyError``
  init(readingFrom file: Safetensors, tokenizer: Tokenizer) throws {
    let (offsets, counts) = ("vocabulary.offsets", "vocabulary.counts")
    for name in [offsets, counts] { _ = try file.tensor(name, dtype: .int64) }
    try self.init(
      bytes: file.bytes("vocabulary.bytes"), offsets: file.integers(offsets),
      counts: file.integers(counts),
      merges: tokenizer.kind == .bpe ? file.unsigned("vocabulary.merges") : [],
      tokenizer: tokenizer)
  }

  /// The tensors that hold a vocabulary in a file.
  static func tensorNames(_ tokenizer: Tokenizer) -> Set<String> {
    let names: Set = ["vocabulary.bytes", "vocabulary.offsets", "vocabulary.counts"]
    return tokenizer.kind == .bpe ? names.union(["vocabulary.merges"]) : names
  }

  /// Adds the tensors `vocabulary.bytes`, `vocabulary.offsets`, `vocabulary.counts`, and `vocabulary.merges` where
  /// tokens are strings of bytes.
  func add(to writer: inout SafetensorsWriter) {
    writer.add("vocabulary.bytes", shape: [table.bytes.count], bytes: table.bytes)
    writer.add("vocabulary.offsets", shape: [table.offsets.count], integers: table.offsets)
    if let merges = bytePairs?.merges {
      writer.add(
        "vocabulary.merges", shape: [merges.count, 2],
        unsigned: merges.flatMap { [$0.first, $0.second] })
    }
    writer.add("vocabulary.counts", shape: [counts.count], integers: counts)
  }
}

/// Why a stored vocabulary was refused.
public enum VocabularyError: Error, Equatable {
  case lengths(offsets: Int, counts: Int)
  case range(first: Int, last: Int, bytes: Int)
  case offset(id: Int, start: Int, end: Int)
  case count(id: Int, found: Int)
  case encoding(id: Int)
  case duplicate(id: Int)
  case missing(entry: String)
  case merge(index: Int)
  case bytes(found: Int)
}

extension VocabularyError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .lengths(let offsets, let counts):
      "The vocabulary has \(offsets) offsets and \(counts) counts; "
        + "one offset more than counts was needed."
    case .range(let first, let last, let bytes):
      "The vocabulary's offsets go from \(first) to \(last); 0 to \(bytes) was needed."
    case .offset(let id, let start, let end):
      "Word \(id) of the vocabulary goes from byte \(start) to \(end); "
        + "at least one byte within the vocabulary was needed."
    case .count(let id, let found):
      "Word \(id) of the vocabulary occurs \(found) times; 0 or more was needed."
    case .encoding(let id): "Word \(id) of the vocabulary is not UTF-8."
    case .duplicate(let id): "Word \(id) of the vocabulary stands there twice."
    case .missing(let entry): "The vocabulary has no entry \(entry.debugDescription)."
    case .merge(let index):
      "Pair \(index) of the vocabulary's byte pairs does not join two of its tokens to a third, or stands there "
        + "twice."
    case .bytes(let found):
      "The vocabulary of bytes has \(found) entries; the 256 bytes were needed."
    }
  }
}
