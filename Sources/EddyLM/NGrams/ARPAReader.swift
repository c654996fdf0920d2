import EddyFiles
import EddyNN
public import SystemPackage

/// Reads n-gram models from ARPA files, the format of SRILM and KenLM.
public struct ARPAReader: ~Copyable {
  /// One n-gram of the file.
  private struct Entry {
    var key: NGramKey
    /// Natural logarithms.
    var logProbability, logBackoff: Float
  }

  private var lines: LineReader
  private let path: FilePath
  private var line = 0
  /// The line that begins with a backslash and ended a section.
  private var heading: String?
  /// What is known of the words; `</s>` and `<s>` are one entry, the end of a sentence.
  private var table = WordTable()
  private let end = Tokenizer(kind: .whitespace).endOfSentence

  /// Reads a model.
  ///
  /// Words keep the order of the file; text is cut at white space. A file without `<unk>` gets one, with a
  /// log₁₀ probability of −100, as KenLM has it.
  ///
  /// - Throws: `FileError`; ``ARPAError`` with the line.
  /// - Complexity: O(n-grams · log n-grams); memory grows with what is there, not with what is promised.
  public static func read(_ path: FilePath) throws -> NGramModel {
    var reader = try ARPAReader(path)
    return try reader.model()
  }

  private init(_ path: FilePath) throws {
    self.path = path
    lines = try LineReader(path: path)
  }

  private mutating func model() throws -> NGramModel {
    let counts = try readCounts()
    guard NGramTable.orders.contains(counts.count) else {
      throw error(.order(counts.count), line: nil)
    }
    let (unknown, end) = (Tokenizer.unknown, end)
    _ = table.insert(unknown.span)
    let endOfSentence = table.insert(end.span)
    var levels = [try readUnigrams(stated: counts[0])]
    for (index, stated) in counts.enumerated().dropFirst() {
      let entries = try readEntries(
        length: index + 1, stated: stated, isLongest: index + 1 == counts.count)
      try append(entries, to: &levels)
    }
    guard heading == "\\end\\" else { throw error(.missing("'\\end\\'"), line: nil) }
    levels[levels.count - 1].logBackoffs = []
    let vocabulary = Vocabulary(
      table: table, counts: Array(repeating: 0, count: table.count), unknown: 0,
      endOfSentence: endOfSentence)
    return NGramModel(
      codec: TextCodec(tokenizer: Tokenizer(kind: .whitespace), vocabulary: vocabulary),
      table: NGramTable(levels: levels, endOfSentence: endOfSentence))
  }

  // MARK: Sections

  private mutating func readCounts() throws -> [Int] {
    // A few remarks may come first, but not a whole text.
    while heading != "\\data\\" {
      guard try nextFields() != nil || heading != nil, line < 1000 else {
        throw error(.noData, line: nil)
      }
    }
    var counts: [Int] = []
    while let fields = try nextFields() {
      let text = fields.map { String(decoding: $0, as: UTF8.self) }.joined()
      let parts = text.dropFirst("ngram".count).split(separator: "=").map { Int($0) }
      guard text.hasPrefix("ngram"), parts.count == 2, parts[0] == counts.count + 1,
        let count = parts[1], count >= 0
      else { throw error(.notCounts(text), line: line) }
      counts.append(count)
    }
    return counts
  }

  private mutating func readUnigrams(stated: Int) throws -> NGramTable.Level {
    try checkHeading(length: 1)
    var level = NGramTable.Level()
    let unseen = Float(LogBase.ten.natural(of: -100))
    level.logProbabilities = [unseen, unseen]
    level.logBackoffs = [0, 0]
    var seen = Set<Int>()
    var hasStart = false
    var found = 0
    while let line = try nextNGram(length: 1, isLongest: false) {
      found += 1
      let word = line.words[0]
      if word.elementsEqual(ARPA.start.utf8) {
        guard !hasStart else { throw error(.twice(ARPA.start), line: self.line) }
        hasStart = true
        level.logBackoffs[1] = line.logBackoff
        continue
      }
      let isEnd = word.elementsEqual(ARPA.end.utf8)
      let entry = isEnd ? end : try normalised(word)
      let id = table.insert(entry.span)
      if id == level.logProbabilities.count {
        level.logProbabilities.append(unseen)
        level.logBackoffs.append(0)
      }
      guard seen.insert(id).inserted, isEnd || id != 1 else {
        throw error(.twice(String(decoding: word, as: UTF8.self)), line: self.line)
      }
      level.logProbabilities[id] = line.logProbability
      if !isEnd { level.logBackoffs[id] = line.logBackoff }
    }
    try check(length: 1, stated: stated, found: found)
    guard seen.contains(1) else {
      throw error(.missing("1-gram \(ARPA.end)"), line: nil)
    }
    level.words = (0..<UInt32(table.count)).map(\.self)
    return level
  }

  private mutating func readEntries(
    length: Int, stated: Int, isLongest: Bool
  ) throws -> [Entry] {
    try checkHeading(length: length)
    var entries: [Entry] = []
    var ids: [UInt32] = []
    while let line = try nextNGram(length: length, isLongest: isLongest) {
      ids.removeAll(keepingCapacity: true)
      for (place, word) in line.words.enumerated() {
        ids.append(try id(of: word, isFirst: place == 0, isLast: place == length - 1))
      }
      entries.append(
        Entry(
          key: NGramKey(ids), logProbability: line.logProbability, logBackoff: line.logBackoff))
    }
    try check(length: length, stated: stated, found: entries.count)
    entries.sort { $0.key < $1.key }
    return entries
  }

  /// Hangs n-grams below those without their last words.
  private func append(_ entries: [Entry], to levels: inout [NGramTable.Level]) throws {
    let last = levels.count - 1
    var level = NGramTable.Level()
    var children = [UInt32](repeating: 0, count: levels[last].count + 1)
    let shorter = NGramTable(levels: levels, endOfSentence: 1)
    var previous: NGramKey?
    for entry in entries {
      guard entry.key != previous else { throw error(.twice(text(of: entry.key)), line: nil) }
      previous = entry.key
      var node = Int(entry.key[0] ?? 0)
      for length in 1..<levels.count {
        let word = Int(entry.key[length] ?? 0)
        guard let child = shorter.child(of: node, length: length, word: word) else {
          throw error(.noHistory(text(of: entry.key)), line: nil)
        }
        node = child
      }
      children[node + 1] += 1
      level.words.append(entry.key[levels.count] ?? 0)
      level.logProbabilities.append(entry.logProbability)
      level.logBackoffs.append(entry.logBackoff)
    }
    for node in 1..<children.count { children[node] += children[node - 1] }
    levels[last].children = children
    levels.append(level)
  }

  private func checkHeading(length: Int) throws(ARPAError) {
    let needed = "\\\(length)-grams:"
    guard heading == needed else {
      guard let heading else { throw error(.missing("'\(needed)'"), line: nil) }
      throw error(.unexpected(heading, needed: "'\(needed)'"), line: line)
    }
  }

  private func check(length: Int, stated: Int, found: Int) throws(ARPAError) {
    guard stated == found else {
      throw error(.wrongCount(length: length, stated: stated, found: found), line: nil)
    }
  }

  // MARK: Lines

  /// The n-gram of the next line; nil at the end of the section.
  private mutating func nextNGram(
    length: Int, isLongest: Bool
  ) throws -> (words: [ArraySlice<UInt8>], logProbability: Float, logBackoff: Float)? {
    guard let fields = try nextFields() else { return nil }
    guard fields.count == length + 1 || fields.count == length + 2 && !isLongest else {
      throw error(.wordCount(length: length, found: fields.count), line: line)
    }
    let probability = try number(fields[0], to: 0)
    let backoff =
      fields.count > length + 1 ? try number(fields[length + 1], to: .infinity) : 0
    return (Array(fields[1...length]), probability, backoff)
  }

  /// What stands between white space in the next line that is not blank; nil at the end of a section, where
  /// ``heading`` is what follows.
  private mutating func nextFields() throws -> [ArraySlice<UInt8>]? {
    heading = nil
    while let next = try lines.next() {
      line = next.number
      let fields = next.bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      guard let first = fields.first?.first else { continue }
      guard first == UInt8(ascii: "\\") else { return fields }
      heading = String(decoding: fields.joined(), as: UTF8.self)
      return nil
    }
    return nil
  }

  /// The natural logarithm of a number that is a log₁₀.
  private func number(_ field: ArraySlice<UInt8>, to largest: Float) throws(ARPAError) -> Float {
    let text = String(decoding: field, as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw error(.notANumber(text), line: line)
    }
    let natural = Float(LogBase.ten.natural(of: value))
    guard natural <= largest, natural.isFinite else { throw error(.notANumber(text), line: line) }
    return natural
  }

  private func id(
    of word: ArraySlice<UInt8>, isFirst: Bool, isLast: Bool
  ) throws -> UInt32 {
    let (isStart, isEnd) = (
      word.elementsEqual(ARPA.start.utf8), word.elementsEqual(ARPA.end.utf8)
    )
    guard !isStart || isFirst, !isEnd || isLast else {
      throw error(.misplaced(String(decoding: word, as: UTF8.self)), line: line)
    }
    if isStart || isEnd { return 1 }
    let entry = try normalised(word)
    guard let id = table.id(of: entry.span), id != 1 else {
      throw error(.unknownWord(String(decoding: word, as: UTF8.self)), line: line)
    }
    return UInt32(id)
  }

  /// A word as a text would have it.
  private func normalised(_ word: ArraySlice<UInt8>) throws(ARPAError) -> [UInt8] {
    let bytes = Array(word)
    guard bytes.contains(where: { $0 >= 0x80 }) else { return bytes }
    guard UTF8Scalars.areValid(bytes.span) else { throw error(.notUTF8, line: line) }
    var normalizer = TextNormalizer(lowercase: false)
    normalizer.append(bytes.span)
    return normalizer.takeAll()
  }

  private func text(of key: NGramKey) -> String {
    (0..<NGramTable.orders.upperBound).compactMap { key[$0] }
      .map { String(decoding: table.word(Int($0)), as: UTF8.self) }.joined(separator: " ")
  }

  private func error(_ problem: ARPAError.Problem, line: Int?) -> ARPAError {
    ARPAError(file: path.string, line: line, problem: problem)
  }
}
