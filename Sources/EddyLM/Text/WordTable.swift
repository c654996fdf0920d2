/// Different strings of bytes, numbered in the order in which they came.
///
/// An open-addressing table over one arena of bytes: no object and no string per word.
struct WordTable: Sendable {
  /// All words, one after another.
  private(set) var bytes: [UInt8] = []
  /// Where each word begins in `bytes`, and at last where the last ends.
  private(set) var offsets: [Int] = [0]
  private var hashes: [UInt32] = []
  /// Ids plus 1, 0 where free; a power of two of them, at most half in use.
  private var slots: [UInt32]

  /// The most words that ids have room for.
  static let limit = Int(UInt32.max) - 1

  /// - Parameters:
  ///   - words: How many words to make room for.
  ///   - bytes: How many bytes they have.
  init(words: Int = 0, bytes byteCount: Int = 0) {
    var slotCount = 1 << 10
    while slotCount < 2 * words { slotCount *= 2 }
    slots = [UInt32](repeating: 0, count: slotCount)
    bytes.reserveCapacity(byteCount)
    offsets.reserveCapacity(words + 1)
    hashes.reserveCapacity(words)
  }

  var count: Int { hashes.count }

  func word(_ id: Int) -> [UInt8] { Array(bytes[offsets[id]..<offsets[id + 1]]) }

  /// Orders words by their bytes.
  func isOrdered(_ first: Int, before second: Int) -> Bool {
    bytes[offsets[first]..<offsets[first + 1]]
      .lexicographicallyPrecedes(bytes[offsets[second]..<offsets[second + 1]])
  }

  /// The id of a word, or nil. O(its bytes).
  func id(of word: Span<UInt8>) -> Int? {
    let slot = slots[find(word, hash: Self.hash(word))]
    return slot == 0 ? nil : Int(slot) - 1
  }

  /// The id of a word, which is new if it was not there. O(its bytes), amortised.
  ///
  /// - Precondition: there are fewer than ``limit`` words.
  mutating func insert(_ word: Span<UInt8>) -> Int {
    let hash = Self.hash(word)
    let slot = find(word, hash: hash)
    if slots[slot] != 0 { return Int(slots[slot]) - 1 }
    precondition(count < Self.limit, "WordTable.insert needs fewer than \(Self.limit) words.")
    let id = count
    bytes.append(copying: word)
    offsets.append(bytes.count)
    hashes.append(hash)
    slots[slot] = UInt32(id + 1)
    if count * 2 > slots.count { grow() }
    return id
  }

  /// The slot that holds the word, or the free one where it belongs.
  private func find(_ word: Span<UInt8>, hash: UInt32) -> Int {
    let slots = slots.span
    let hashes = hashes.span
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] != 0 {
      let id = Int(slots[slot]) - 1
      if hashes[id] == hash, holds(word, at: id) { return slot }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private func holds(_ word: Span<UInt8>, at id: Int) -> Bool {
    let start = offsets[id]
    guard offsets[id + 1] - start == word.count else { return false }
    let bytes = bytes.span
    for index in word.indices where bytes[start + index] != word[index] { return false }
    return true
  }

  private mutating func grow() {
    var larger = [UInt32](repeating: 0, count: slots.count * 2)
    let mask = larger.count - 1
    for (id, hash) in hashes.enumerated() {
      var slot = Int(hash) & mask
      while larger[slot] != 0 { slot = (slot + 1) & mask }
      larger[slot] = UInt32(id + 1)
    }
    slots = larger
  }

  /// Keyed anew by each process, so that no file can be made of words that all have one hash.
  private static func hash(_ word: Span<UInt8>) -> UInt32 {
    var hasher = Hasher()
    unsafe word.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    return UInt32(truncatingIfNeeded: hasher.finalize())
  }
}

extension WordTable: Equatable {
  static func == (first: Self, second: Self) -> Bool {
    first.offsets == second.offsets && first.bytes == second.bytes
  }
}
