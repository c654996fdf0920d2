import EddyLM
import EddyNN
import Testing

@Suite("recurrent language models")
struct RecurrentModelTests {
  private static let vocabularySize = 37

  /// Sizes that no vector width divides, and weights large enough to saturate some gates.
  private static func model<Cell: RecurrentCell>(
    _: Cell.Type, precision: Precision = .float32
  ) -> RecurrentModel<Cell> {
    let words = ["<unk>", "<eos>"] + (2..<vocabularySize).map { "word\($0)" }
    let vocabulary = Vocabulary(
      words: words.map { Array($0.utf8) }, unknown: 0, endOfSentence: 1)
    return RecurrentModel(
      codec: TextCodec(tokenizer: Tokenizer(kind: .word), vocabulary: vocabulary),
      network: RecurrentNetwork(
        vocabularySize: vocabularySize, sizes: NetworkSizes(embedding: 9, hidden: 17, layers: 2),
        range: 0.7, seed: 3), precision: precision)
  }

  /// `T` tokens of text `b`.
  private static func text(_ b: Int, length: Int) -> [Int] {
    (0..<length).map { (5 * $0 * $0 + 11 * b + 1) % vocabularySize }
  }

  /// Texts side by side, time-major.
  private static func interleaved(_ texts: [[Int]]) -> [Int] {
    texts[0].indices.flatMap { t in texts.map { $0[t] } }
  }

  @Test("the probabilities of the next token add up to 1", arguments: ModelKind.allCases)
  func distribution(kind: ModelKind) {
    func check<Cell: RecurrentCell>(_ cell: Cell.Type) {
      let model = Self.model(cell)
      for team in [ThreadTeam.serial, ThreadTeam(count: 3)] {
        var state = model.initialState(batchSize: 3)
        for t in 0..<20 {
          let next = model.advance([t, t + 7, 36 - t], state: &state, team: team)
          #expect(next.rows == 3 && next.columns == Self.vocabularySize)
          for row in 0..<3 {
            let values = (0..<next.columns).map { Double(next[row, $0]) }
            #expect(values.allSatisfy { $0 <= 0 })
            #expect(abs(values.reduce(0) { $0 + PortableMath.exp($1) } - 1) < 1e-5)
          }
        }
      }
    }
    check(kind.cell)
  }

  @Test(
    "new words share the probability of the unknown one; the others keep theirs",
    arguments: ModelKind.allCases)
  func growth(kind: ModelKind) {
    func check<Cell: RecurrentCell>(_ cell: Cell.Type) {
      let model = Self.model(cell)
      let size = Self.vocabularySize + 3
      let vocabulary = Vocabulary(
        words: (0..<size).map { id in
          id < Self.vocabularySize ? model.codec.vocabulary.bytes(of: id) : Array("new\(id)".utf8)
        }, unknown: 0, endOfSentence: 1)
      let grown = RecurrentModel(
        codec: TextCodec(tokenizer: model.codec.tokenizer, vocabulary: vocabulary),
        network: model.network.grown(to: size, unknown: 0))
      var (state, grownState) = (model.initialState(batchSize: 1), grown.initialState(batchSize: 1))
      for token in [5, 0, 17, 1] {
        let before = model.advance([token], state: &state, team: .serial)
        let after = grown.advance([token], state: &grownState, team: .serial)
        for id in 1..<Self.vocabularySize { #expect(abs(after[0, id] - before[0, id]) < 1e-5) }
        let share = before[0, 0] - Float(PortableMath.log(4))
        for id in [0] + Array(Self.vocabularySize..<size) {
          #expect(abs(after[0, id] - share) < 1e-5)
        }
      }
    }
    check(kind.cell)
  }

  @Test(
    "token by token, in windows, in a batch, on a team: the same bits",
    arguments: ModelKind.allCases, Precision.allCases)
  func doors(kind: ModelKind, precision: Precision) {
    func check<Cell: RecurrentCell>(_ cell: Cell.Type) {
      let model = Self.model(cell, precision: precision)
      let length = 23
      let texts = (0..<5).map { Self.text($0, length: length + 1) }
      var values: [[Float]] = []
      var states: [RecurrentState<Cell>] = []
      for text in texts {
        var state = model.initialState(batchSize: 1)
        values.append(
          (0..<length).map { t in
            model.advance([text[t]], state: &state, team: .serial)[0, text[t + 1]]
          })
        states.append(state)
      }
      let inputs = Self.interleaved(texts.map { Array($0.dropLast()) })
      let targets = Self.interleaved(texts.map { Array($0.dropFirst()) })
      let expected = (0..<length).flatMap { t in values.map { $0[t].bitPattern } }
      for team in [ThreadTeam.serial, ThreadTeam(count: 2), ThreadTeam(count: 3)] {
        for window in [1, 2, 7, 22, length] {
          var state = model.initialState(batchSize: texts.count)
          var found: [Float] = []
          for start in stride(from: 0, to: length, by: window) {
            let rows = start * texts.count..<min(start + window, length) * texts.count
            found += model.logProbabilities(
              of: Array(targets[rows]), after: Array(inputs[rows]), state: &state, team: team)
          }
          #expect(found.map(\.bitPattern) == expected, "windows of \(window)")
          #expect(state == RecurrentState(joining: states))
          #expect((0..<texts.count).allSatisfy { state.rows([$0]) == states[$0] })
        }
      }
    }
    check(kind.cell)
  }

  @Test("a target of −1 is not asked for and changes no other", arguments: ModelKind.allCases)
  func notAsked(kind: ModelKind) {
    func check<Cell: RecurrentCell>(_ cell: Cell.Type) {
      let model = Self.model(cell)
      let text = Self.text(0, length: 12)
      var targets = Array(text.dropFirst())
      let inputs = Array(text.dropLast())
      var (whole, some) = (model.initialState(batchSize: 1), model.initialState(batchSize: 1))
      let all = model.logProbabilities(of: targets, after: inputs, state: &whole, team: .serial)
      for t in stride(from: 0, to: 11, by: 2) { targets[t] = -1 }
      let found = model.logProbabilities(of: targets, after: inputs, state: &some, team: .serial)
      for t in 0..<11 { #expect(found[t] == (t % 2 == 0 ? 0 : all[t])) }
      #expect(some == whole)
    }
    check(kind.cell)
  }

  @Test("a token out of the vocabulary stops the program")
  func tokenOutOfRange() async {
    await #expect(processExitsWith: .failure) {
      let model = RecurrentModelTests.model(LSTMCell.self)
      var state = model.initialState(batchSize: 1)
      _ = model.advance([37], state: &state, team: .serial)
    }
  }

  @Test("a window that is no multiple of the batch stops the program")
  func brokenWindow() async {
    await #expect(processExitsWith: .failure) {
      let model = RecurrentModelTests.model(GRUCell.self)
      var state = model.initialState(batchSize: 2)
      _ = model.logProbabilities(
        of: [1, 1, 1], after: [1, 1, 1], state: &state, team: .serial)
    }
  }
}
