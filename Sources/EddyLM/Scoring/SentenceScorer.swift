public import EddyNN

/// Scores sentences, many at once.
///
/// A sentence gets the same bits alone, in any batch, and token by token. Sentences of similar length
/// share a batch, which shrinks as they end: there is no padding.
public struct SentenceScorer<Model: LanguageModel>: Sendable {
  private let model: Model
  private let team: ThreadTeam
  private let batchSize: Int
  private let windowLength: Int
  private let sentencesAtOnce: Int

  /// A chunk is closed when it holds this many tokens, whatever the number of sentences.
  private static var tokensAtOnce: Int { 1 << 17 }

  /// - Parameters:
  ///   - batchSize: Sentences that the model reads side by side.
  ///   - windowLength: Time steps that the model runs at once; with `batchSize`, it bounds the memory.
  ///   - sentencesAtOnce: Sentences that are read before the first is answered: 1 for a dialogue.
  /// - Precondition: all sizes are 1 or more.
  public init(
    _ model: Model, team: ThreadTeam = .serial, batchSize: Int = 32, windowLength: Int = 32,
    sentencesAtOnce: Int = 4096
  ) {
    precondition(
      batchSize >= 1 && windowLength >= 1 && sentencesAtOnce >= 1,
      "SentenceScorer needs sizes of 1 or more, found a batch of \(batchSize), a window of "
        + "\(windowLength) and \(sentencesAtOnce) sentences at once.")
    self.model = model
    self.team = team
    self.batchSize = batchSize
    self.windowLength = windowLength
    self.sentencesAtOnce = sentencesAtOnce
  }

  /// Scores one sentence.
  public func score(_ sentence: String, words: Bool = false) -> SentenceScore {
    score([sentence], words: words)[0]
  }

  /// Scores sentences that are all in memory, in their order.
  ///
  /// - Parameter words: Whether the score of each word is wanted, too.
  public func score(_ sentences: [String], words: Bool = false) -> [SentenceScore] {
    var scores: [SentenceScore] = []
    scores.reserveCapacity(sentences.count)
    var rest = sentences[...]
    score({ rest.popFirst() }, text: { $0 }, words: words, body: { scores.append($1) })
    return scores
  }

  /// Scores a stream of sentences, in its order, in chunks of bounded memory.
  ///
  /// - Parameters:
  ///   - next: The next item, nil at the end.
  ///   - text: The sentence of an item.
  ///   - words: Whether the score of each word is wanted, too.
  ///   - body: Takes each item with its score. It may throw to stop.
  public func score<Item>(
    _ next: () throws -> Item?, text: (Item) -> String, words: Bool = false,
    body: (Item, SentenceScore) throws -> Void
  ) rethrows {
    var isAtEnd = false
    while !isAtEnd {
      var items: [Item] = []
      var sentences: [Sentence] = []
      var tokens = 0
      while items.count < sentencesAtOnce, tokens < Self.tokensAtOnce {
        guard let item = try next() else {
          isAtEnd = true
          break
        }
        items.append(item)
        sentences.append(Sentence(text(item), codec: model.codec, keepsWords: words))
        tokens += sentences[sentences.count - 1].tokens.count
      }
      scoreChunk(&sentences)
      for (item, sentence) in zip(items, sentences) { try body(item, sentence.score) }
    }
  }

  /// Scores sentences in batches of similar length.
  private func scoreChunk(_ sentences: inout [Sentence]) {
    let order = sentences.indices.sorted {
      let (left, right) = (sentences[$0].tokens.count, sentences[$1].tokens.count)
      return left == right ? $0 < $1 : left > right
    }
    for start in stride(from: 0, to: order.count, by: batchSize) {
      scoreBatch(Array(order[start..<min(start + batchSize, order.count)]), of: &sentences)
    }
  }

  /// Scores the sentences of these indices, the longest first, side by side.
  private func scoreBatch(_ batch: [Int], of sentences: inout [Sentence]) {
    let endOfSentence = model.codec.vocabulary.endOfSentence
    var active = batch
    var state = model.initialState(batchSize: active.count)
    var time = 0
    while true {
      let before = active.count
      while let last = active.last, sentences[last].tokens.count <= time { active.removeLast() }
      guard let shortest = active.last else { return }
      if active.count < before { state = state.rows(Array(active.indices)) }
      let end = min(time + windowLength, sentences[shortest].tokens.count)
      var inputs: [Int] = []
      var targets: [Int] = []
      inputs.reserveCapacity((end - time) * active.count)
      targets.reserveCapacity((end - time) * active.count)
      for position in time..<end {
        for index in active {
          let tokens = sentences[index].tokens
          inputs.append(position == 0 ? endOfSentence : tokens[position - 1])
          targets.append(tokens[position])
        }
      }
      let values = model.logProbabilities(
        of: targets, after: inputs, state: &state, team: team)
      for (row, value) in values.enumerated() {
        sentences[active[row % active.count]].add(value)
      }
      time = end
    }
  }
}

/// A sentence on its way to a score.
private struct Sentence {
  let tokens: [Int]
  private let unknown: Int?
  private let words: [String]
  private var position = 0
  private(set) var score: SentenceScore

  init(_ text: String, codec: TextCodec, keepsWords: Bool) {
    let encoded = codec.encodeLine(text)
    tokens = encoded.tokens
    unknown = codec.vocabulary.unknown
    words = keepsWords ? encoded.words.map { codec.shown(Array($0.utf8)) } : []
    score = SentenceScore(
      tokens: tokens.count, unknownTokens: 0, logProbability: 0, knownLogProbability: 0,
      size: TextSize(line: text), words: keepsWords ? [] : nil)
  }

  /// Takes the log-probability of the next token.
  mutating func add(_ value: Float) {
    let value = Double(value)
    let isUnknown = tokens[position] == unknown
    score.logProbability += value
    if isUnknown {
      score.unknownTokens += 1
    } else {
      score.knownLogProbability += value
    }
    score.words?.append(
      WordScore(word: words[position], isUnknown: isUnknown, logProbability: value))
    position += 1
  }
}
