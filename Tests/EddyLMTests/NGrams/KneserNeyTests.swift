import EddyFiles
import EddyLM
import EddyNN
import SystemPackage
import Testing

@Suite("Kneser–Ney")
struct KneserNeyTests {
  static let codec: TextCodec = {
    let words = ["<unk>", "<eos>"] + (2..<9).map { "w\($0)" }
    return TextCodec(
      tokenizer: Tokenizer(kind: .whitespace),
      vocabulary: Vocabulary(words: words.map { Array($0.utf8) }, unknown: 0, endOfSentence: 1))
  }()

  /// Sentences of words 2 … 8, some often, an empty one among them; word 0 does not occur.
  static let tokens: [Int] = {
    var tokens: [Int] = []
    for index in 0..<300 {
      let value = (index * index + 5 * index / 3) % 23
      tokens.append(value % 4 == 3 ? 1 : 2 + value % 7)
    }
    return tokens + [1, 1, 3, 1]
  }()

  /// Histories that occur, some that do not, and the beginning of a sentence.
  static let histories: [[Int]] =
    [[1], [1, 1], [1, 0], [1, 0, 0, 4], [1, 8, 8, 8, 8, 8]]
    + (0..<40).map { [1] + Array(tokens[$0..<$0 + 7]) }

  static func model(order: Int) throws -> NGramModel {
    try NGramModel(estimatedFrom: tokens, order: order, codec: codec)
  }

  @Test("every probability is that of the definition", arguments: 2...5)
  func definition(order: Int) throws {
    let model = try Self.model(order: order)
    let plain = PlainKneserNey(
      Self.tokens, order: order, vocabularySize: Self.codec.vocabulary.count, end: 1)
    for history in Self.histories {
      var state = model.initialState(batchSize: 1)
      var next = Matrix(rows: 1, columns: 1)
      for token in history { next = model.advance([token], state: &state, team: .serial) }
      var sum = 0.0
      for word in 0..<Self.codec.vocabulary.count {
        let probability = PortableMath.exp(Double(next[0, word]))
        let needed = plain.probability(of: word, after: history)
        #expect(abs(probability - needed) < 1e-6 * needed, "\(word) after \(history)")
        sum += probability
      }
      #expect(abs(sum - 1) < 1e-5)
    }
  }

  @Test("both doors give the same bits, in a batch and alone", arguments: 2...5)
  func doors(order: Int) throws {
    let model = try Self.model(order: order)
    let texts = [Self.histories[8], Self.histories[20]]
    let inputs = texts[0].indices.flatMap { step in texts.map { $0[step] } }
    var state = model.initialState(batchSize: 2)
    let asked = inputs.indices.flatMap { row in (0..<9).map { Continuation(row: row, token: $0) } }
    let values = model.logProbabilities(
      of: asked, after: inputs, state: &state, keeping: [inputs.count - 1, 2, 3], team: .serial)
    var states: [NGramState] = []
    for (text, tokens) in texts.enumerated() {
      var state = model.initialState(batchSize: 1)
      for (step, token) in tokens.enumerated() {
        let next = model.advance([token], state: &state, team: .serial)
        let row = 2 * step + text
        for word in 0..<9 { #expect(next[0, word] == values[9 * row + word]) }
        if [2, 3, inputs.count - 1].contains(row) { states.append(state) }
      }
    }
    // Row 2 is of the first text, row 3 and the last of the second.
    #expect(state == NGramState(joining: [states[2], states[0], states[1]]))
  }

  @Test("a text counted in blocks gives what it gives at once", arguments: [1, 2, 7, 100])
  func blocks(size: Int) throws {
    let whole = try Self.model(order: 4)
    let parts = try NGramModel(
      estimatedFrom: Self.tokens, order: 4, codec: Self.codec, blockSize: size)
    #expect(whole == parts)
  }

  @Test("counts that do not fit into memory are refused")
  func memory() {
    #expect(throws: TrainingError.self) {
      try NGramModel(
        estimatedFrom: Self.tokens, order: 4, codec: Self.codec, blockSize: 10, available: 1000)
    }
  }

  @Test("a text of one token, and one that ends within a sentence, make models", arguments: 2...5)
  func small(order: Int) throws {
    for tokens in [[1], [4], [4, 5], [1, 1, 1], [4, 1, 4]] {
      let model = try NGramModel(estimatedFrom: tokens, order: order, codec: Self.codec)
      var state = model.initialState(batchSize: 1)
      for token in [1] + tokens {
        let next = model.advance([token], state: &state, team: .serial)
        let sum = next.elements.reduce(0.0) { $0 + PortableMath.exp(Double($1)) }
        #expect(abs(sum - 1) < 1e-5)
      }
    }
  }

  @Test("written and read, a model is the same", arguments: 2...5)
  func file(order: Int) throws {
    let folder = try TextFolder()
    let path = folder.path.appending("model.safetensors")
    let model = try Self.model(order: order)
    try ModelFile.write(model, training: .object([:]), to: path)
    let read = try #require(try ModelFile.read(path) as? NGramModel)
    #expect(read == model)
    #expect(throws: ModelFileError.self) { try ModelFile.read(path, precision: .int8) }
    #expect(throws: ModelFileError.self) { try ModelFile.readNetwork(path) }
    expectModelError("a network was needed") {
      try ModelFile.quantise(path, to: .int8, output: folder.path.appending("small"))
    }
  }
}

/// Expects `body` to throw a `ModelFileError` whose sentence holds `fragment`.
func expectModelError(
  _ fragment: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record(
      "Accepted; an error with '\(fragment)' was needed.", sourceLocation: sourceLocation)
  } catch let error as ModelFileError {
    #expect(error.description.contains(fragment), "\(error)", sourceLocation: sourceLocation)
  } catch {
    Issue.record("Not a ModelFileError: \(error)", sourceLocation: sourceLocation)
  }
}
