import EddyLM
import EddyNN
import Synchronization
import Testing

/// What sentences begin with is read once, and changes no bit of any score.
@Suite("shared prefixes")
struct SharedPrefixTests {
  /// What a model was asked for.
  final class Work: Sendable {
    struct Window {
      var rows: Int
      var batchSize: Int
    }

    private let asked = Mutex<[Window]>([])
    private let states = Mutex((now: 0, most: 0))

    var windows: [Window] { asked.withLock { $0 } }
    var rows: Int { windows.reduce(0) { $0 + $1.rows } }
    /// The most rows of states that there were at a time.
    var mostStates: Int { states.withLock { $0.most } }

    func add(_ window: Window) { asked.withLock { $0.append(window) } }

    func add(states count: Int) {
      states.withLock {
        $0.now += count
        $0.most = max($0.most, $0.now)
      }
    }
  }

  /// Tells for as long as it lives that there are some rows of states.
  final class Ticket: Sendable {
    let work: Work
    private let count: Int

    init(_ work: Work, _ count: Int) {
      (self.work, self.count) = (work, count)
      work.add(states: count)
    }

    deinit { work.add(states: -count) }
  }

  /// A state that is counted.
  struct CountedState<Base: StreamState>: StreamState {
    var base: Base
    let ticket: Ticket

    init(_ base: Base, _ work: Work) {
      self.base = base
      ticket = Ticket(work, base.batchSize)
    }

    init(joining parts: [Self]) {
      self.init(Base(joining: parts.map(\.base)), parts[0].ticket.work)
    }

    var batchSize: Int { base.batchSize }
    func rows(_ indices: [Int]) -> Self { Self(base.rows(indices), ticket.work) }
    static func == (left: Self, right: Self) -> Bool { left.base == right.base }
  }

  /// A model that counts its work.
  struct CountedModel<Base: LanguageModel>: LanguageModel {
    let base: Base
    let work = Work()

    var codec: TextCodec { base.codec }

    func initialState(batchSize: Int) -> CountedState<Base.State> {
      CountedState(base.initialState(batchSize: batchSize), work)
    }

    func advance(
      _ tokens: [Int], state: inout CountedState<Base.State>, team: ThreadTeam
    ) -> Matrix {
      base.advance(tokens, state: &state.base, team: team)
    }

    func logProbabilities(
      of continuations: [Continuation], after inputs: [Int],
      state: inout CountedState<Base.State>, keeping rows: [Int], team: ThreadTeam
    ) -> [Float] {
      work.add(Work.Window(rows: inputs.count, batchSize: state.batchSize))
      var after = state.base
      defer { state = CountedState(after, work) }
      return base.logProbabilities(
        of: continuations, after: inputs, state: &after, keeping: rows, team: team)
    }
  }

  /// Numbers that look random.
  struct Dice {
    private var sequence: PhiloxSequence
    init(_ seed: UInt64) { sequence = PhiloxSequence(seed: seed, purpose: .sampling) }
    mutating func roll(_ sides: Int) -> Int { Int(sequence.next() % UInt64(sides)) }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[roll(elements.count)] }
  }

  /// Sentences of few words, so that many begin alike: some empty, some equal, and some, through line
  /// ends within them, the whole beginning of another.
  static func sentences(_ count: Int, words: [String], longest: Int, seed: UInt64) -> [String] {
    var dice = Dice(seed)
    var sentences: [String] = []
    while sentences.count < count {
      let length = dice.roll(longest + 1)
      switch dice.roll(8) {
      case 0 where !sentences.isEmpty: sentences.append(dice.pick(sentences))
      case 1 where !sentences.isEmpty:
        sentences.append(dice.pick(sentences) + "\n" + dice.pick(words))
      default:
        sentences.append((0..<length).map { _ in dice.pick(words) }.joined(separator: " "))
      }
    }
    return sentences
  }

  /// Lists of candidates that differ from their first in one to three places.
  static func candidates(lists: Int, count: Int, length: Int, words: [String]) -> [String] {
    var dice = Dice(7)
    return (0..<lists).flatMap { _ in
      let first = (0..<length).map { _ in dice.pick(words) }
      return (0..<count).map { _ in
        var candidate = first
        for _ in 0...dice.roll(3) { candidate[dice.roll(length)] = dice.pick(words) }
        return candidate.joined(separator: " ")
      }
    }
  }

  /// The number of distinct prefixes that another token follows.
  static func prefixes(_ sentences: [String], codec: TextCodec) -> Int {
    var prefixes: Set<[Int]> = []
    for sentence in sentences {
      let tokens = codec.encodeLine(sentence).tokens
      for length in tokens.indices { prefixes.insert(Array(tokens[..<length])) }
    }
    return prefixes.count
  }

  /// The scores of a sentence, token by token from the other door.
  static func values(_ sentence: String, _ model: some LanguageModel) -> [Double] {
    let tokens = model.codec.encodeLine(sentence).tokens
    var state = model.initialState(batchSize: 1)
    return zip([model.codec.vocabulary.endOfSentence] + tokens, tokens).map { input, target in
      Double(model.advance([input], state: &state, team: .serial)[0, target])
    }
  }

  @Test("random sentences that begin alike, in any batch", arguments: 1...12)
  func random(seed: Int) {
    let model = CountedModel(base: ToyModel.words)
    let words = Array(["you", "say", "hello", "zebra", "goodbye"].prefix(1 + seed % 5))
    let sentences = Self.sentences(
      20 * seed, words: words, longest: 1 + seed * 3 % 11, seed: UInt64(seed))
    let expected = sentences.map { Self.values($0, model) }
    for (batchSize, windowLength) in [(1, 1), (2, 3), (3, 1), (7, 5), (32, 32)] {
      let scorer = SentenceScorer(
        model, batchSize: batchSize, windowLength: windowLength)
      for (score, values) in zip(scorer.score(sentences, words: true), expected) {
        #expect(score.words?.map(\.logProbability) == values)
        #expect(score.logProbability == values.reduce(0, +))
        #expect(score.tokens == values.count)
      }
      for window in model.work.windows {
        #expect(window.batchSize <= 32 && window.rows <= window.batchSize * 32)
      }
    }
  }

  @Test(
    "random sentences that begin alike, on recurrent models and teams",
    arguments: ModelKind.recurrent)
  func recurrent(kind: ModelKind) {
    func check<Cell: RecurrentCell>(_: Cell.Type) {
      let model = RecurrentModel<Cell>(
        codec: .words,
        network: RecurrentNetwork(
          vocabularySize: TextCodec.words.vocabulary.count,
          sizes: NetworkSizes(embedding: 5, hidden: 17, layers: 2), range: 0.7, seed: 4))
      let sentences = Self.sentences(
        90, words: ["you", "say", "zebra"], longest: 9, seed: 11)
      let expected = sentences.map { Self.values($0, model) }
      for team in [ThreadTeam.serial, ThreadTeam(count: 2), ThreadTeam(count: 3)] {
        for (batchSize, windowLength) in [(4, 3), (32, 32)] {
          let scorer = SentenceScorer(
            model, team: team, batchSize: batchSize, windowLength: windowLength)
          let found = scorer.score(sentences, words: true)
          #expect(found.map { $0.words?.map(\.logProbability) } == expected)
        }
      }
    }
    check(kind.cell)
  }

  @Test("each prefix is read once, the last token never", arguments: [1, 2, 5])
  func once(wordCount: Int) {
    let words = Array(["you", "say", "hello", "goodbye", "and"].prefix(wordCount))
    let sentences = Self.sentences(1000, words: words, longest: 12, seed: 3)
    let model = CountedModel(base: ToyModel.words)
    _ = SentenceScorer(model).score(sentences)
    #expect(model.work.rows == Self.prefixes(sentences, codec: .words))
  }

  @Test("a sentence alone, or given many times, costs its tokens")
  func alone() {
    for count in [1, 500] {
      let model = CountedModel(base: ToyModel.words)
      let sentence = Array(repeating: "you say", count: 50).joined(separator: " ")
      _ = SentenceScorer(model).score(Array(repeating: sentence, count: count))
      #expect(model.work.rows == 101)
      #expect(model.work.windows.map(\.rows) == [32, 32, 32, 5])
    }
  }

  @Test("a list of candidates costs its distinct prefixes, in full batches")
  func candidateLists() {
    let words = ["you", "say", "hello", "goodbye", "and", "saying", "help"]
    let sentences = Self.candidates(lists: 10, count: 100, length: 20, words: words)
    let model = CountedModel(base: ToyModel.words)
    _ = SentenceScorer(model).score(sentences)
    let work = model.work.windows
    let steps = work.reduce(0) { $0 + $1.rows / $1.batchSize }
    #expect(model.work.rows == Self.prefixes(sentences, codec: .words))
    #expect(model.work.rows < 12_000, "of 21,000 without sharing")
    #expect(model.work.rows >= 28 * steps, "\(model.work.rows) rows in \(steps) steps")
    #expect(work.count < 60, "\(work.count) windows")
  }

  @Test("states are kept for a window's rows and no more, however the sentences branch")
  func bounded() {
    // After every third «you», a sentence may end: many branches, and long ways between them.
    let sentences = (0..<400).map { String(repeating: "you you you ", count: $0) + "say" }
    let model = CountedModel(base: ToyModel.words)
    let scores = SentenceScorer(model, batchSize: 4, windowLength: 8).score(sentences)
    // 32 that wait, those of a window while they are taken apart, and the batch.
    #expect(model.work.mostStates <= 32 + 2 * 32 + 4)
    for index in stride(from: 0, to: 400, by: 50) {
      #expect(scores[index] == SentenceScorer(ToyModel.words).score(sentences[index]))
    }
  }
}
