/// The n-grams of a backoff language model, as a tree: below each stand those that go on by one word.
///
/// Sentences are independent. An end of sentence in front of other words is the beginning of the next
/// sentence (`<s>` in ARPA files), and nothing before it counts; at the end of an n-gram it is the end
/// (`</s>`). Its unigram therefore has the probability of the one and the backoff weight of the other.
struct NGramTable: Sendable, Equatable {
  /// The n-grams of one length, in the order of their words' ids.
  struct Level: Sendable, Equatable {
    /// The last word of each.
    var words: [UInt32] = []
    /// The natural logarithm of P(last word | the words before it).
    var logProbabilities: [Float] = []
    /// The natural logarithm of what probabilities from shorter histories are multiplied by after this one;
    /// empty for the longest n-grams, as is the next.
    var logBackoffs: [Float] = []
    /// Where in the next level the n-grams below each begin, and at last where the last ones end.
    var children: [UInt32] = []

    var count: Int { words.count }
  }

  /// The unigrams, which are all words of the vocabulary in their order, the bigrams, and so on.
  let levels: [Level]
  let endOfSentence: Int

  /// The lengths that a model may have.
  static let orders = 2...5

  var order: Int { levels.count }
  var vocabularySize: Int { levels[0].count }

  /// The n-grams of `length` words and one more that stand below a node.
  func children(of node: Int, length: Int) -> Range<Int> {
    let children = levels[length - 1].children
    return Int(children[node])..<Int(children[node + 1])
  }

  /// The node of an n-gram of `length` words that goes on by another word. O(log children)
  func child(of node: Int, length: Int, word: Int) -> Int? {
    let range = children(of: node, length: length)
    let all = levels[length].words
    let words = all.span
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if words[middle] < word { low = middle + 1 } else { high = middle }
    }
    return low < range.upperBound && words[low] == word ? low : nil
  }
}

/// What an n-gram model remembers of a text: where its last words, up to the beginning of the sentence,
/// stand in the table.
public struct NGramState: StreamState {
  public let batchSize: Int
  /// The nodes of the last 1, 2 … N − 1 words of each text; −1 where the table does not have them.
  fileprivate var nodes: [Int32]
  fileprivate let contexts: Int

  init(batchSize: Int, order: Int) {
    self.batchSize = batchSize
    contexts = order - 1
    nodes = Array(repeating: -1, count: batchSize * contexts)
  }

  private init(batchSize: Int, contexts: Int, nodes: [Int32]) {
    self.batchSize = batchSize
    self.contexts = contexts
    self.nodes = nodes
  }

  public func rows(_ indices: [Int]) -> NGramState {
    NGramState(
      batchSize: indices.count, contexts: contexts,
      nodes: indices.flatMap { nodes[$0 * contexts..<($0 + 1) * contexts] })
  }

  public init(joining parts: [NGramState]) {
    precondition(!parts.isEmpty, "NGramState(joining:) needs at least one part.")
    self.init(
      batchSize: parts.reduce(0) { $0 + $1.batchSize }, contexts: parts[0].contexts,
      nodes: parts.flatMap(\.nodes))
  }

  /// The node of the last `length` words of a text.
  func node(_ row: Int, length: Int) -> Int? {
    let node = nodes[row * contexts + length - 1]
    return node < 0 ? nil : Int(node)
  }

  /// Reads one word of a text. O(N log V)
  mutating func read(_ word: Int, row: Int, table: NGramTable) {
    let first = row * contexts
    // The longest first: each is made from the one before it.
    for length in stride(from: contexts, to: 1, by: -1) {
      let shorter = nodes[first + length - 2]
      let isCut = shorter < 0 || word == table.endOfSentence
      let node =
        isCut ? nil : table.child(of: Int(shorter), length: length - 1, word: word)
      nodes[first + length - 1] = node.map { Int32($0) } ?? -1
    }
    nodes[first] = Int32(word)
  }
}

extension NGramTable {
  /// The natural log-probability of a word after a history. O(N log V)
  func logProbability(of word: Int, after state: NGramState, row: Int) -> Float {
    var backoff = 0.0
    for length in stride(from: order - 1, through: 1, by: -1) {
      guard let node = state.node(row, length: length) else { continue }
      if let child = child(of: node, length: length, word: word) {
        return Float(backoff + Double(levels[length].logProbabilities[child]))
      }
      backoff += Double(levels[length - 1].logBackoffs[node])
    }
    return Float(backoff + Double(levels[0].logProbabilities[word]))
  }

  /// The natural log-probabilities of all words after a history; bit for bit those of
  /// ``logProbability(of:after:row:)``. O(V + children)
  func logProbabilities(
    after state: NGramState, row: Int, into result: inout MutableSpan<Float>
  ) {
    // The backoff weights of all histories longer than 1, 2 … N − 1 words, and of all.
    var backoffs = [Double](repeating: 0, count: order)
    for length in stride(from: order - 1, through: 1, by: -1) {
      let node = state.node(row, length: length)
      backoffs[length - 1] =
        backoffs[length] + (node.map { Double(levels[length - 1].logBackoffs[$0]) } ?? 0)
    }
    let unigrams = levels[0].logProbabilities
    for word in unigrams.indices { result[word] = Float(backoffs[0] + Double(unigrams[word])) }
    for length in 1..<order {
      guard let node = state.node(row, length: length) else { continue }
      let (words, values) = (levels[length].words, levels[length].logProbabilities)
      for child in children(of: node, length: length) {
        result[Int(words[child])] = Float(backoffs[length] + Double(values[child]))
      }
    }
  }
}
