import EddyLM
import EddyNN
import Testing

struct TextGeneratorTests {
  let model = ToyModel.words

  func generate(
    _ prompt: String, _ options: SamplingOptions, model: ToyModel? = nil
  ) throws -> [GeneratedText] {
    try TextGenerator(model ?? self.model).generate(prompt: prompt, options: options)
  }

  /// A toy that always goes on with these words, one after the other, then begins again.
  func chain(_ words: [String], codec: TextCodec = .words) throws -> ToyModel {
    let ids = try words.map { try #require(codec.vocabulary.id(of: Array($0.utf8))) }
    return ToyModel(codec) { context in
      let place = context.last.last.flatMap { ids.firstIndex(of: $0) } ?? ids.count - 1
      return (0..<codec.vocabulary.count).map { $0 == ids[(place + 1) % ids.count] ? 1 : 0 }
    }
  }

  @Test("the same seed gives the same text, another seed another")
  func seeds() throws {
    let first = try generate("you say", SamplingOptions(seed: 7, maximumTokens: 40))
    #expect(first == (try generate("you say", SamplingOptions(seed: 7, maximumTokens: 40))))
    #expect(first != (try generate("you say", SamplingOptions(seed: 8, maximumTokens: 40))))
    #expect(first[0].tokens.count == 40)
    #expect(first[0].ending == .length)
  }

  @Test("a sample is the same text alone, in a batch, and one token at a time")
  func samples() throws {
    let many = try generate("you", SamplingOptions(seed: 3, maximumTokens: 12, count: 40))
    #expect(many.count == 40)
    #expect(Set(many.map(\.text)).count > 20)
    for count in [1, 2, 17] {
      let few = try generate("you", SamplingOptions(seed: 3, maximumTokens: 12, count: count))
      #expect(few == Array(many.prefix(count)))
    }
    let short = try generate("you", SamplingOptions(seed: 3, maximumTokens: 5, count: 40))
    for (short, long) in zip(short, many) { #expect(short.tokens == Array(long.tokens.prefix(5))) }
  }

  @Test(
    "greedy follows the most likely token after the whole prompt", arguments: [0, 1, 63, 64, 200])
  func greedy(promptLength: Int) throws {
    let prompt = Array(repeating: "you say and", count: promptLength).joined(separator: " ")
    let tokens = model.codec.encode(prompt)
    var state = model.initialState(batchSize: 1)
    var next = Matrix(rows: 0, columns: 0)
    for token in [model.codec.vocabulary.endOfSentence] + tokens {
      next = model.advance([token], state: &state, team: .serial)
    }
    var expected: [Int] = []
    for _ in 0..<10 {
      let row = next.elements
      let best = try #require(
        row.indices.filter { $0 != model.codec.vocabulary.unknown }
          .max { row[$0] < row[$1] || (row[$0] == row[$1] && $0 > $1) })
      expected.append(best)
      next = model.advance([best], state: &state, team: .serial)
    }
    let text = try generate(prompt, SamplingOptions(temperature: 0, maximumTokens: 10))
    #expect(text[0].tokens == expected)
  }

  @Test("the unknown word is generated only where it is allowed")
  func unknown() throws {
    let unknown = try #require(model.codec.vocabulary.unknown)
    let without = try generate("you", SamplingOptions(maximumTokens: 2000))
    #expect(!without[0].tokens.contains(unknown))
    let with = try generate("you", SamplingOptions(maximumTokens: 2000, allowsUnknown: true))
    #expect(with[0].tokens.contains(unknown))
    let onlyUnknown = ToyModel(.words) { _ in
      (0..<TextCodec.words.vocabulary.count).map { $0 == unknown ? 1 : 0 }
    }
    #expect(throws: GenerationError.nothingPossible) {
      try generate("you", SamplingOptions(), model: onlyUnknown)
    }
  }

  @Test("pieces joined are the text, sample by sample; the prompt joins with one space")
  func pieces() throws {
    var pieces: [Int: String] = [:]
    let texts = try TextGenerator(model).generate(
      prompt: "you say", options: SamplingOptions(seed: 1, maximumTokens: 30, count: 3),
      onPiece: { pieces[$0, default: ""] += $1 })
    for (sample, text) in texts.enumerated() { #expect(pieces[sample] == text.text) }
    let chain = try chain(["you", "say", "hello"])
    let options = try SamplingOptions(maximumTokens: 2)
    #expect(try generate("hello", options, model: chain)[0].text == " you say")
    #expect(try generate("hello ", options, model: chain)[0].text == "you say")
    #expect(try generate("", options, model: chain)[0].text == "you say")
  }

  @Test("stop strings end a text, inside and across tokens")
  func stopStrings() throws {
    let chain = try chain(["you", "say", "hello", "and"])
    for (stop, expected) in [
      ("hello", " say "), ("o and", " say hell"), ("y h", " sa"), (" ", ""), ("zz", nil),
    ] as [(String, String?)] {
      var shown = ""
      let text = try TextGenerator(chain).generate(
        prompt: "you", options: SamplingOptions(maximumTokens: 5, stopStrings: [stop]),
        onPiece: { shown += $1 })[0]
      #expect(text.text == expected ?? " say hello and you say")
      #expect(text.ending == (expected == nil ? .length : .stopString))
      #expect(shown == text.text)
    }
  }

  @Test("an end of sentence is a line end, and the text goes on")
  func lineEnds() throws {
    let end = TextCodec.words.vocabulary.string(of: TextCodec.words.vocabulary.endOfSentence)
    let chain = try chain(["you", "say", end])
    let text = try generate("you", SamplingOptions(maximumTokens: 4), model: chain)[0]
    #expect(text.text == " say\nyou say")
    let line = try generate("you", SamplingOptions(stopStrings: ["\n"]), model: chain)[0]
    #expect(line.text == " say")
  }

  @Test("a byte model shows whole characters only")
  func bytes() throws {
    let text = Array("é€😀\n".utf8)
    let codec = TextCodec.bytes
    let model = ToyModel(codec) { context in
      let place =
        (context.last.last.flatMap { last in
          text.firstIndex { codec.vocabulary.id(of: [$0]) == last }
        }) ?? text.count - 1
      // Every byte of the text occurs once.
      let id = codec.vocabulary.id(of: [text[(place + 1) % text.count]])
      return (0..<codec.vocabulary.count).map { $0 == id ? 1 : 0 }
    }
    var pieces: [String] = []
    let generated = try TextGenerator(model).generate(
      prompt: "", options: SamplingOptions(maximumTokens: 10), onPiece: { pieces.append($1) })
    #expect(pieces == ["é", "€", "😀", "\n"])
    #expect(generated[0].text == "é€😀\n")
    let cut = try TextGenerator(model).generate(
      prompt: "", options: SamplingOptions(maximumTokens: 3))
    #expect(cut[0].text == "é\u{FFFD}")
  }

  @Test("whoever takes the pieces may stop")
  func cancelled() throws {
    struct Stop: Error {}
    var count = 0
    #expect(throws: Stop.self) {
      try TextGenerator(model).generate(
        prompt: "you", options: SamplingOptions(maximumTokens: 1000),
        onPiece: { _, _ in
          count += 1
          if count == 3 { throw Stop() }
        })
    }
    #expect(count == 3)
  }

  @Test("a comma follows its word without a space, and never begins a text after white space")
  func joined() throws {
    let comma = TextCodec.words.vocabulary.count - 1
    let model = ToyModel(.words) { context in
      (0...comma).map { ($0 == comma) != (context.last.last == comma) && $0 > 3 ? 1 : 0 }
    }
    let options = try SamplingOptions(maximumTokens: 2, count: 50)
    for text in try generate("hello", options, model: model) {
      #expect(text.text.hasPrefix(", "))
    }
    let greedy = ToyModel(.words) { _ in (0...comma).map { $0 == comma ? 100 : 1 } }
    for prompt in ["", "hello "] {
      let text = try generate(
        prompt, SamplingOptions(temperature: 0, maximumTokens: 2), model: greedy)[0]
      #expect(text.text == "\n,")
    }
  }
}
