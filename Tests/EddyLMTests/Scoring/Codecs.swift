import EddyLM

extension TextCodec {
  static let words = TextCodec(
    tokenizer: Tokenizer(kind: .word),
    vocabulary: Vocabulary(
      words: ["<unk>", "<eos>", "you", "say", "hello", "goodbye", "and", "saying", "help"].map {
        Array($0.utf8)
      }, unknown: 0,
      endOfSentence: 1))
  static let bytes = TextCodec(
    tokenizer: Tokenizer(kind: .byte),
    vocabulary: Vocabulary(words: (0..<256).map { [UInt8($0)] }, unknown: nil, endOfSentence: 10))
}
