import EddyLM
import EddyNN
import Testing

struct SuggesterTests {
  /// A model of «you say goodbye / you say hello»: fixed weights after each word, ten times the chance
  /// of anything else.
  static func model() -> ToyModel {
    let vocabulary = TextCodec.words.vocabulary
    let id = { (word: String) in vocabulary.id(of: Array(word.utf8)) ?? 0 }
    let follows: [Int: [Int: Double]] = [
      vocabulary.endOfSentence: [id("you"): 80, id("hello"): 10],
      id("you"): [id("say"): 60, id("saying"): 30],
      id("say"): [id("goodbye"): 50, id("hello"): 40],
    ]
    return ToyModel(.words) { context in
      let likely = context.last.last.flatMap { follows[$0] } ?? [:]
      return (0..<vocabulary.count).map { likely[$0] ?? 1 }
    }
  }

  let suggester = Suggester(Self.model())

  @Test("after white space, the next word")
  func nextWord() {
    let suggestions = suggester.suggest(prompt: "you say ", count: 2)
    #expect(suggestions.map(\.text) == ["goodbye", "hello"])
    #expect(suggestions.map(\.insertion) == ["goodbye", "hello"])
    #expect(suggestions.map(\.kind) == [.next, .next])
  }

  @Test("a word that is broken off is completed")
  func completion() {
    let suggestions = suggester.suggest(prompt: "you say hel", count: 5)
    #expect(suggestions.first?.text == "hello")
    #expect(suggestions.first?.insertion == "lo")
    #expect(suggestions.allSatisfy { $0.kind == .completion && $0.text.hasPrefix("hel") })
    #expect(abs(suggestions.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
    #expect(suggester.suggest(prompt: "hel", count: 1).first?.text == "hello")
  }

  @Test("a word that may be finished: longer words and next words, weighed")
  func both() throws {
    let suggestions = suggester.suggest(prompt: "you say", count: 100)
    let saying = try #require(suggestions.first { $0.text == "saying" })
    let goodbye = try #require(suggestions.first { $0.text == "goodbye" })
    // P(say | you) : P(saying | you) is 60 : 30.
    #expect(abs(saying.probability - 30.0 / 90) < 1e-6)
    #expect(saying.kind == .completion && saying.insertion == "ing")
    let size = Double(TextCodec.words.vocabulary.count)
    #expect(abs(goodbye.probability - 60.0 / 90 * 50 / (90 + size - 3)) < 1e-6)
    #expect(goodbye.kind == .next && goodbye.insertion == " goodbye")
    #expect(abs(suggestions.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
  }

  @Test("the unknown word is never suggested, the end of the sentence is")
  func special() throws {
    let size = TextCodec.words.vocabulary.count
    for prompt in ["", "you ", "you say", "zebra", "zebra "] {
      let suggestions = suggester.suggest(prompt: prompt, count: 1000)
      #expect(!suggestions.contains { $0.text == "<unk>" })
      #expect(abs(suggestions.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
      let end = try #require(suggestions.first { $0.kind == .endOfSentence })
      #expect(end.text == "\n" && end.insertion == "\n")
      #expect(suggestions.count <= size)
    }
  }

  @Test("an unknown word that none begins with counts as finished")
  func unknownWord() {
    let suggestions = suggester.suggest(prompt: "zebra", count: 3)
    #expect(suggestions.allSatisfy { $0.kind != .completion })
    #expect(suggestions.allSatisfy { $0.insertion.hasPrefix(" ") || $0.kind == .endOfSentence })
  }

  @Test("an empty prompt begins a sentence")
  func empty() {
    #expect(suggester.suggest(prompt: "", count: 1).map(\.insertion) == ["you"])
    #expect(suggester.suggest(prompt: "you", count: 0).isEmpty)
  }

  @Test("a model of bytes suggests whole characters, the most likely first")
  func bytes() throws {
    let codec = TextCodec.bytes
    // 0.5 «e», 0.4 «é» or «è» (0.3 and 0.1), 0.1 a byte that no character begins with.
    let follows: [UInt8: [UInt8: Double]] = [
      0x61: [0x65: 50, 0xC3: 40, 0x92: 10], 0xC3: [0xA9: 75, 0xA8: 25],
    ]
    let model = ToyModel(codec) { context in
      let last = context.last.last.map { codec.vocabulary.bytes(of: $0)[0] } ?? 0
      let likely = follows[last] ?? [0x20: 1]
      return (0..<codec.vocabulary.count).map {
        likely[codec.vocabulary.bytes(of: $0)[0]] ?? 0
      }
    }
    let suggestions = Suggester(model).suggest(prompt: "a", count: 5)
    #expect(suggestions.map(\.insertion) == ["e", "é", "è"])
    for (suggestion, expected) in zip(suggestions, [0.5, 0.3, 0.1]) {
      #expect(abs(suggestion.probability - expected) < 1e-6)
    }
    #expect(Suggester(model).suggest(prompt: "b", count: 1).map(\.insertion) == [" "])
  }

  /// From the fuzzer: the paths of a search that gives up were looked through again for each of them.
  @Test("a model of bytes that starts every long character and finishes none")
  func manyBeginnings() {
    let codec = TextCodec.bytes
    let model = ToyModel(codec) { _ in
      (0..<codec.vocabulary.count).map { codec.vocabulary.bytes(of: $0)[0] >= 0x80 ? 1000 : 1 }
    }
    let suggestions = Suggester(model).suggest(prompt: "a", count: 100_000)
    #expect(suggestions.count > 128)
    #expect(Set(suggestions.map { Array($0.text.utf8) }).count == suggestions.count)
    #expect(
      zip(suggestions, suggestions.dropFirst()).allSatisfy { $0.probability >= $1.probability })
  }

  @Test("a comma joins the word before: suggested after «say», not after «say »")
  func joined() throws {
    let comma = TextCodec.words.vocabulary.count - 1
    let model = ToyModel(.words) { _ in
      (0...comma).map { $0 == comma ? 100 : 1 }
    }
    let first = try #require(Suggester(model).suggest(prompt: "you hello", count: 1).first)
    #expect(first.text == "," && first.insertion == ",")
    for prompt in ["", "hello ", "hello\n"] {
      let suggestions = Suggester(model).suggest(prompt: prompt, count: 100)
      #expect(!suggestions.contains { $0.text == "," })
      #expect(abs(suggestions.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
    }
  }

  @Test("a model of characters suggests the next character, white space or not")
  func characters() {
    let model = ToyModel(.characters) { context in
      // After «a», «é»; after white space, «b».
      let likely = context.last.last == 3 ? 5 : 4
      return (0..<6).map { $0 == likely ? 10 : 1 }
    }
    #expect(Suggester(model).suggest(prompt: "a", count: 1).map(\.insertion) == ["é"])
    let all = Suggester(model).suggest(prompt: "a ", count: 10)
    #expect(all.map(\.insertion) == ["b", "\n", " ", "a", "é"])
    #expect(all.map(\.kind) == [.next, .endOfSentence, .next, .next, .next])
  }
}
