import EddyLM
import EddyNN
import SystemPackage
import Testing

@Suite("word vectors")
struct WordVectorTests {
  /// «man» and «woman» differ as «king» and «queen» do.
  private let vectors: WordVectors = {
    let words: [(String, [Float])] = [
      ("<unk>", [9, 9, 9]), ("<eos>", [9, 9, 9]), ("man", [1, 0, 0]), ("woman", [1, 1, 0]),
      ("king", [1, 0, 1]), ("queen", [1, 1, 1]), ("tree", [-1, 0.5, -1]), ("none", [0, 0, 0]),
    ]
    return WordVectors(
      codec: TextCodec(
        tokenizer: Tokenizer(kind: .whitespace),
        vocabulary: Vocabulary(
          words: words.map { Array($0.0.utf8) }, unknown: 0, endOfSentence: 1)),
      weights: Matrix(rows: 8, columns: 3, elements: words.flatMap(\.1)))
  }()

  @Test("the nearest words, without the word itself and the special ones")
  func nearest() throws {
    let found = try vectors.nearest(to: "queen", count: 10)
    #expect(found.map(\.word) == ["woman", "king", "man", "none", "tree"])
    #expect(abs(found[0].cosine - 2 / (2.0 * 3.0).squareRoot()) < 1e-6)
    #expect(try vectors.nearest(to: "none", count: 1).map(\.cosine) == [0])
  }

  @Test("what is to king as woman is to man")
  func analogy() throws {
    #expect(try vectors.analogy("man", "woman", "king", count: 1).map(\.word) == ["queen"])
  }

  @Test("a word that is not there is refused by name", arguments: ["emperor", "man woman", ""])
  func unknown(word: String) {
    #expect(throws: UnknownWord.self) { try vectors.nearest(to: word, count: 1) }
  }

  @Test("word2vec's text format: how many and how long, then a word a line")
  func export() throws {
    let folder = try TextFolder()
    try vectors.export(to: folder.path.appending("vectors.txt"))
    let lines = String(decoding: try folder.bytes("vectors.txt"), as: UTF8.self).split(
      separator: "\n")
    #expect(lines.count == 9 && lines[0] == "8 3" && lines[7] == "tree -1.0 0.5 -1.0")
  }
}
