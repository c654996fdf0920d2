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

  @Test("the probabilities of the next token add up to 1", arguments: ModelKind.recurrent)
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
    arguments: ModelKind.recurrent)
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
    arguments: ModelKind.recurrent, Precision.allCases)
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

  @Test(
    "several continuations of a row, none of another, and the states after any rows",
    arguments: ModelKind.recurrent)
  func continuations(kind: ModelKind) {
    func check<Cell: RecurrentCell>(_ cell: Cell.Type) {
      let model = Self.model(cell)
      let texts = (0..<3).map { Self.text($0, length: 8) }
      var states: [RecurrentState<Cell>] = []
      var next: [Matrix] = []
      var state = model.initialState(batchSize: 3)
      for t in 0..<8 {
        next.append(model.advance(texts.map { $0[t] }, state: &state, team: .serial))
        states.append(state)
      }
      let asked = (0..<24).filter { $0 % 4 != 1 }.flatMap { row in
        (0...row % 5).map { Continuation(row: row, token: (7 * row + 5 * $0) % 37) }
      }
      let rows = [23, 0, 4, 4, 17]
      for team in [ThreadTeam.serial, ThreadTeam(count: 3)] {
        for asked in [asked, []] {
          var state = model.initialState(batchSize: 3)
          let found = model.logProbabilities(
            of: asked, after: Self.interleaved(texts), state: &state, keeping: rows, team: team)
          let expected = asked.map { next[$0.row / 3][$0.row % 3, $0.token] }
          #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
          #expect(state == RecurrentState(joining: rows.map { states[$0 / 3].rows([$0 % 3]) }))
        }
      }
    }
    check(kind.cell)
  }

  @Test("what is asked of a window must be in it, or the program stops")
  func outsideOfWindow() async {
    await #expect(processExitsWith: .failure) {
      let model = RecurrentModelTests.model(LSTMCell.self)
      var state = model.initialState(batchSize: 2)
      _ = model.logProbabilities(
        of: [Continuation(row: 2, token: 0)], after: [1, 1], state: &state, keeping: [],
        team: .serial)
    }
    await #expect(processExitsWith: .failure) {
      let model = RecurrentModelTests.model(LSTMCell.self)
      var state = model.initialState(batchSize: 2)
      _ = model.logProbabilities(
        of: [], after: [1, 1], state: &state, keeping: [2], team: .serial)
    }
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
