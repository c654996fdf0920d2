import EddyLM
import Testing

/// Tokens are ranked, limited and read back.
struct VocabularyTests {
  func vocabulary(
    _ words: String, _ tokenizer: Tokenizer = Tokenizer(kind: .whitespace), limit: Int? = nil,
    minimumCount: Int = 1
  ) -> Vocabulary {
    var builder = VocabularyBuilder()
    for word in words.split(separator: " ") { builder.add(Array(word.utf8)) }
    return builder.vocabulary(tokenizer, limit: limit, minimumCount: minimumCount)
  }

  func words(_ vocabulary: Vocabulary) -> [String] {
    (0..<vocabulary.count).map { vocabulary.string(of: $0) }
  }

  func counts(_ vocabulary: Vocabulary) -> [Int] {
    (0..<vocabulary.count).map { vocabulary.occurrences(of: $0) }
  }

  @Test("the most frequent first, then by bytes, special entries among them")
  func order() {
    let vocabulary = vocabulary("b <eos> a <eos> a c Z é <unk>")
    #expect(words(vocabulary) == ["<eos>", "a", "<unk>", "Z", "b", "c", "é"])
    #expect(counts(vocabulary) == [2, 2, 1, 1, 1, 1, 1])
    #expect(vocabulary.endOfSentence == 0 && vocabulary.unknown == 2)
    #expect(vocabulary.id(of: Array("é".utf8)) == 6)
    #expect(vocabulary.id(of: Array("e\u{301}".utf8)) == nil)
  }

  @Test("what does not fit or is too rare becomes the unknown word")
  func limits() {
    let limited = vocabulary("a a a b b c c d <eos> <unk>", limit: 4)
    #expect(words(limited) == ["<unk>", "a", "b", "<eos>"])
    #expect(counts(limited) == [4, 3, 2, 1])
    let frequent = vocabulary("a a a b b c", minimumCount: 2)
    #expect(words(frequent) == ["a", "b", "<unk>", "<eos>"])
    #expect(counts(frequent) == [3, 2, 1, 0])
    #expect(words(vocabulary("a", limit: 2)) == ["<unk>", "<eos>"])
  }

  @Test("special entries are there whatever the text holds")
  func required() throws {
    let characters = vocabulary("a", Tokenizer(kind: .character))
    #expect(words(characters) == ["a", "\n", "<unk>"])
    #expect(characters.endOfSentence == 1)
    let bytes = vocabulary("a a b", Tokenizer(kind: .byte), limit: 2)
    #expect(bytes.count == 256 && bytes.unknown == nil)
    #expect(bytes.bytes(of: bytes.endOfSentence) == [10])
    #expect(bytes.bytes(of: 0) == Array("a".utf8))
  }

  @Test("a vocabulary above 2^16 finds every word")
  func large() {
    var builder = VocabularyBuilder()
    for number in 0..<70_000 { builder.add(Array(String(number).utf8)) }
    let vocabulary = builder.vocabulary(Tokenizer(kind: .word))
    #expect(vocabulary.count == 70_002)
    #expect(
      (0..<70_000).allSatisfy { number in
        vocabulary.id(of: Array(String(number).utf8))
          .map { vocabulary.string(of: $0) == String(number) } ?? false
      })
  }

  @Test("three arrays become a vocabulary, or a reason")
  func stored() throws {
    let bytes = Array("a<eos><unk>bc".utf8)
    let offsets = [0, 1, 6, 11, 13]
    let tokenizer = Tokenizer(kind: .word)
    func read(
      _ bytes: [UInt8], _ offsets: [Int], _ counts: [Int] = [4, 3, 2, 1],
      _ tokenizer: Tokenizer = tokenizer
    ) throws -> Vocabulary {
      try Vocabulary(bytes: bytes, offsets: offsets, counts: counts, tokenizer: tokenizer)
    }
    let vocabulary = try read(bytes, offsets)
    #expect(words(vocabulary) == ["a", "<eos>", "<unk>", "bc"])
    #expect(counts(vocabulary) == [4, 3, 2, 1])
    #expect(vocabulary.unknown == 2 && vocabulary.endOfSentence == 1)

    let refusals: [(VocabularyError, [UInt8], [Int], [Int])] = [
      (.lengths(offsets: 5, counts: 3), bytes, offsets, [1, 1, 1]),
      (.lengths(offsets: 0, counts: 0), [], [], []),
      (.missing(entry: "<unk>"), [], [0], []),
      (.range(first: 1, last: 13, bytes: 13), bytes, [1, 1, 6, 11, 13], [1, 1, 1, 1]),
      (.range(first: 0, last: 12, bytes: 13), bytes, [0, 1, 6, 11, 12], [1, 1, 1, 1]),
      (.offset(id: 1, start: 1, end: 1), bytes, [0, 1, 1, 11, 13], [1, 1, 1, 1]),
      (.offset(id: 1, start: 1, end: -6), bytes, [0, 1, -6, 11, 13], [1, 1, 1, 1]),
      (.offset(id: 1, start: 1, end: .max), bytes, [0, 1, .max, 11, 13], [1, 1, 1, 1]),
      (.count(id: 2, found: -1), bytes, offsets, [1, 1, -1, 1]),
      (.missing(entry: "<eos>"), Array("a<eot><unk>bc".utf8), offsets, [1, 1, 1, 1]),
      (.missing(entry: "<unk>"), Array("a<eos><unc>bc".utf8), offsets, [1, 1, 1, 1]),
      (.encoding(id: 0), [0xFF] + bytes.dropFirst(), offsets, [1, 1, 1, 1]),
      (.duplicate(id: 1), Array("aa<eos><unk>".utf8), [0, 1, 2, 7, 12], [1, 1, 1, 1]),
    ]
    for (error, bytes, offsets, counts) in refusals {
      #expect(throws: error) { try read(bytes, offsets, counts) }
    }
    #expect(throws: VocabularyError.missing(entry: "\0")) {
      try read([1], [0, 1], [1], Tokenizer(kind: .byte))
    }
  }
}
