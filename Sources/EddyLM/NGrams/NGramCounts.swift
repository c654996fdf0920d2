/// Up to five words, ordered as a dictionary orders them: a string before those that it begins.
struct NGramKey: Sendable, Comparable {
  /// Ids plus 1, the first word in the highest bits; 0 where there is no word.
  private var parts: (UInt64, UInt64, UInt64) = (0, 0, 0)

  init(_ words: some Collection<UInt32>) {
    precondition(
      words.count <= NGramTable.orders.upperBound,
      "An n-gram of up to \(NGramTable.orders.upperBound) words is needed, found \(words.count).")
    for (index, word) in words.enumerated() {
      let part = UInt64(word + 1) << (index % 2 == 0 ? 32 : 0)
      switch index / 2 {
      case 0: parts.0 |= part
      case 1: parts.1 |= part
      default: parts.2 |= part
      }
    }
  }

  /// The word at a place, or nil behind the last.
  subscript(index: Int) -> UInt32? {
    let part = index < 2 ? parts.0 : index < 4 ? parts.1 : parts.2
    let word = UInt32(truncatingIfNeeded: part >> (index % 2 == 0 ? 32 : 0))
    return word == 0 ? nil : word - 1
  }

  static func < (first: Self, second: Self) -> Bool { first.parts < second.parts }
  static func == (first: Self, second: Self) -> Bool { first.parts == second.parts }
}

/// How often each string of N words occurs, and each shorter one that ends with its sentence.
///
/// Every other n-gram is the beginning of one of them.
struct NGramCounts: Sendable {
  /// Strings with how often they occur, in order.
  fileprivate struct Run: Sendable {
    var keys: [NGramKey]
    var counts: [UInt32]
  }

  /// Bytes of one string with its count, while two runs become one.
  private static let stringSize = 2 * (MemoryLayout<NGramKey>.stride + 4)

  /// The strings that are sorted at once.
  private let blockSize: Int
  private var block: [NGramKey] = []
  /// Each at least twice as long as the next, so that a string is moved O(log text) times.
  private var runs: [Run] = []

  /// Counts a text, which begins a sentence.
  ///
  /// - Parameter order: N.
  /// - Throws: ``TrainingError/tooLarge(bytes:available:)`` when memory for more is missing.
  /// - Complexity: O(n log n) for n tokens; memory grows with the different strings.
  init(
    _ tokens: some TokenSource, order: Int, endOfSentence: Int, blockSize: Int, available: UInt64
  ) throws(TrainingError) {
    self.blockSize = blockSize
    let end = UInt32(endOfSentence)
    var window: [UInt32] = [end]
    var position = 0
    while true {
      // The words from one place on, up to the end of their sentence.
      while window.count < order, position < tokens.count, window.count < 2 || window.last != end {
        window.append(UInt32(tokens[position]))
        position += 1
      }
      // What follows an end belongs to the next sentence, which begins with it.
      if window.count > 1 || window[0] != end { block.append(NGramKey(window)) }
      if block.count == blockSize { try closeBlock(available: available) }
      window.removeFirst()
      if window.isEmpty { break }
    }
    try closeBlock(available: available)
    while runs.count > 1 { mergeLast() }
  }

  /// Hands over each string in order, with how often it occurs.
  func read(_ body: (NGramKey, UInt32) -> Void) {
    guard let run = runs.first else { return }
    for (key, count) in zip(run.keys, run.counts) { body(key, count) }
  }

  private mutating func closeBlock(available: UInt64) throws(TrainingError) {
    guard !block.isEmpty else { return }
    block.sort()
    var run = Run(keys: [], counts: [])
    for key in block { run.add(key, 1) }
    block.removeAll(keepingCapacity: true)
    runs.append(run)
    while runs.count > 1, runs[runs.count - 2].keys.count < 2 * runs[runs.count - 1].keys.count {
      mergeLast()
    }
    let bytes = Double(runs.reduce(0) { $0 + $1.keys.count } * Self.stringSize)
    guard bytes <= Double(available) else {
      throw .tooLarge(bytes: bytes, available: available)
    }
  }

  private mutating func mergeLast() {
    let (second, first) = (runs.removeLast(), runs.removeLast())
    var merged = Run(keys: [], counts: [])
    merged.keys.reserveCapacity(first.keys.count + second.keys.count)
    merged.counts.reserveCapacity(first.keys.count + second.keys.count)
    var (i, j) = (0, 0)
    while i < first.keys.count || j < second.keys.count {
      if j == second.keys.count || i < first.keys.count && first.keys[i] <= second.keys[j] {
        merged.add(first.keys[i], first.counts[i])
        i += 1
      } else {
        merged.add(second.keys[j], second.counts[j])
        j += 1
      }
    }
    runs.append(merged)
  }
}

extension NGramCounts.Run {
  /// Adds a string that is not before the last.
  fileprivate mutating func add(_ key: NGramKey, _ count: UInt32) {
    if keys.last == key {
      counts[counts.count - 1] += count
    } else {
      keys.append(key)
      counts.append(count)
    }
  }
}
