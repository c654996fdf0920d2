import EddyNN

/// What a model with a cache remembers of each of a batch of texts.
public struct CacheState<Base: StreamState>: StreamState {
  /// What the model itself remembers.
  var base: Base
  /// The words of each text, and the vectors that they came after.
  var histories: [CacheHistory]

  public var batchSize: Int { histories.count }

  public func rows(_ indices: [Int]) -> CacheState {
    CacheState(base: base.rows(indices), histories: indices.map { histories[$0] })
  }

  init(base: Base, histories: [CacheHistory]) {
    self.base = base
    self.histories = histories
  }

  public init(joining parts: [CacheState]) {
    self.init(
      base: Base(joining: parts.map(\.base)), histories: parts.flatMap(\.histories))
  }
}

/// The last words of a text, and the vectors that they came after.
struct CacheHistory: Sendable, Equatable {
  /// The words, and their vectors row by row; as many as the cache has room for, or a few more.
  private(set) var words: [Int] = []
  private(set) var vectors: [Float] = []
  /// The vector after the last word read: the next word will have come after it.
  private(set) var latest: [Float] = []

  /// Reads a word, and what the model's vector is after it.
  ///
  /// - Parameter size: How many words are kept at least; up to twice as many are.
  mutating func read(_ word: Int, vector: UnsafeBufferPointer<Float>, size: Int) {
    if !latest.isEmpty {
      words.append(word)
      vectors += latest
      if words.count >= 2 * size {
        words.removeFirst(size)
        vectors.removeFirst(size * latest.count)
      }
    }
    unsafe latest = Array(vector)
  }
}
