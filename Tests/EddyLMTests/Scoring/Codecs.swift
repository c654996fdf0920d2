import EddyLM

extension TextCodec {
  static let words = TextCodec(
    tokenizer: Tokenizer(kind: .word),
    vocabulary: Vocabulary(
      words: [
        "<unk>", "<eos>", "you", "say", "hello", "goodbye", "and", "saying", "help", "\u{FFED},",
      ].map { Array($0.utf8) }, unknown: 0, endOfSentence: 1))

  static let characters = TextCodec(
    tokenizer: Tokenizer(kind: .character),
    vocabulary: Vocabulary(
      words: ["<unk>", "\n", " ", "a", "b", "é"].map { Array($0.utf8) }, unknown: 0,
      endOfSentence: 1))

  static let bytes = TextCodec(
    tokenizer: Tokenizer(kind: .byte),
    vocabulary: Vocabulary(
      words: (0...UInt8.max).map { [$0] }, unknown: nil, endOfSentence: 10))
}
