public import EddyNN

/// Scores sentences, many at once.
///
/// A sentence gets the same bits alone, in any batch, and token by token. What sentences begin with is
/// read once: a list of candidates that differ in a few words costs its distinct prefixes. What is left
/// of them shares batches by length: there is no padding.
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
  ///   - windowLength: Time steps that the model runs at once. With `batchSize`, it bounds the memory: to
  ///     a window, and to as many states as a window has rows.
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
  /// - Complexity: The model reads each distinct prefix once in a chunk of `batchSize · windowLength`
  ///   sentences; all else is O(tokens · log sentences).
  public func score(_ sentences: [String], words: Bool = false) -> [SentenceScore] {
    var scores: [SentenceScore] = []
    scores.reserveCapacity(sentences.count)
    var rest = sentences[...]
    score({ rest.popFirst() }, text: { $0 }, words: words, body: { scores.append($1) })
    return scores
  }

  /// What the model remembers before the first sentence.
  public var beginning: Model.State { model.initialState(batchSize: 1) }

  /// Scores sentences that may follow a history.
  ///
  /// - Parameter history: ``beginning``, or what ``score(_:continuing:words:)`` made of it.
  /// - Complexity: As ``score(_:words:)``.
  public func score(
    _ sentences: [String], after history: Model.State, words: Bool = false
  ) -> [SentenceScore] {
    var read = sentences.map { Sentence($0, codec: model.codec, keepsWords: words) }
    scoreChunk(&read, after: history)
    return read.map(\.score)
  }

  /// Scores a sentence that follows a history, which then ends with it.
  ///
  /// - Complexity: O(tokens)
  @discardableResult
  public func score(
    _ sentence: String, continuing history: inout Model.State, words: Bool = false
  ) -> SentenceScore {
    var read = Sentence(sentence, codec: model.codec, keepsWords: words)
    var previous = model.codec.vocabulary.endOfSentence
    for start in stride(from: 0, to: read.tokens.count, by: windowLength) {
      let targets = Array(read.tokens[start..<min(start + windowLength, read.tokens.count)])
      let values = model.logProbabilities(
        of: targets, after: [previous] + targets.dropLast(), state: &history, team: team)
      for value in values { read.add(value) }
      previous = targets[targets.count - 1]
    }
    return read.score
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
      scoreChunk(&sentences, after: beginning)
      for (item, sentence) in zip(items, sentences) { try body(item, sentence.score) }
    }
  }

  /// Scores sentences in their lexicographic order, in parts that bound the states to be kept.
  private func scoreChunk(_ sentences: inout [Sentence], after history: Model.State) {
    let sorted = SortedSentences(sentences.map(\.tokens))
    let limit = batchSize * windowLength
    let parts = (sentences.count + limit - 1) / limit
    for part in 0..<parts {
      let places =
        sentences.count * part / parts..<sentences.count * (part + 1) / parts
      read(places, of: sorted, after: history) { place, value in
        sentences[sorted.order[place]].add(value)
      }
    }
  }

  /// Reads the sentences at these places, each prefix once.
  ///
  /// - Parameter body: Takes a place and the log-probability of its sentence's next token.
  private func read(
    _ places: Range<Int>, of sorted: SortedSentences, after history: Model.State,
    body: (Int, Float) -> Void
  ) {
    var schedule = ScoringSchedule(
      places, of: sorted, batchSize: batchSize, windowLength: windowLength,
      endOfSentence: model.codec.vocabulary.endOfSentence)
    var states = [0: history]
    while let window = schedule.next() {
      var state = Model.State(joining: window.states.compactMap { states[$0] })
      for finished in window.finished { states[finished] = nil }
      let values = model.logProbabilities(
        of: window.continuations, after: window.inputs, state: &state,
        keeping: window.kept.map(\.row), team: team)
      for (value, places) in zip(values, window.places) {
        for place in places { body(place, value) }
      }
      for (index, kept) in window.kept.enumerated() { states[kept.state] = state.rows([index]) }
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
