/// Turns text into token ids and back.
public struct TextCodec: Sendable, Equatable {
  public let tokenizer: Tokenizer
  public let vocabulary: Vocabulary

  /// - Precondition: the vocabulary knows an unknown word, or has every byte.
  public init(tokenizer: Tokenizer, vocabulary: Vocabulary) {
    precondition(
      tokenizer.kind == .byte ? vocabulary.count == 256 : vocabulary.unknown != nil,
      "A codec needs a vocabulary with \(tokenizer.kind == .byte ? "256 bytes" : "<unk>").")
    self.tokenizer = tokenizer
    self.vocabulary = vocabulary
  }

  /// The ids of a text, normalised first. Line ends in it are ends of sentences; none is added.
  public func encode(_ text: String) -> [Int] {
    var ids: [Int] = []
    cut(text) { ids.append(id(of: $0)) }
    return ids
  }

  /// One sentence with its end.
  ///
  /// - Parameter text: A line, with or without its line end.
  public func encodeLine(_ text: String) -> EncodedSentence {
    var sentence = EncodedSentence()
    cut(text) { sentence.append(id(of: $0), word: $0, unknown: vocabulary.unknown) }
    if sentence.tokens.last != vocabulary.endOfSentence || !text.endsLine {
      let end = tokenizer.endOfSentence
      sentence.append(vocabulary.endOfSentence, word: end.span, unknown: nil)
    }
    return sentence
  }

  /// The text of some tokens: `word` puts spaces where no joiner mark stands, `whitespace` between
  /// all words; an end of sentence is a line feed.
  ///
  /// - Precondition: all ids are in the vocabulary.
  public func decode(_ ids: [Int]) -> String {
    var text: [UInt8] = []
    for id in ids {
      let token = vocabulary.bytes(of: id)
      if !tokenizer.hasWordTokens {
        text += token
      } else if id == vocabulary.endOfSentence {
        text.append(UInt8(ascii: "\n"))
      } else if tokenizer.kind == .word, token.starts(with: WordSplitter.joiner),
        token.count > WordSplitter.joiner.count
      {
        text += token.dropFirst(WordSplitter.joiner.count)
      } else {
        if let last = text.last, last != UInt8(ascii: "\n") { text.append(UInt8(ascii: " ")) }
        text += token
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The id of a token; that of the unknown word if it is not in the vocabulary.
  func id(of token: Span<UInt8>) -> Int {
    // Every byte is in a vocabulary of bytes; all others have an unknown word.
    vocabulary.id(of: token) ?? vocabulary.unknown ?? vocabulary.endOfSentence
  }

  private func cut(_ text: String, _ emit: (Span<UInt8>) -> Void) {
    var normalizer = TextNormalizer(lowercase: tokenizer.lowercase)
    normalizer.append(Array(text.utf8).span)
    let bytes = normalizer.takeAll()
    var splitter = tokenizer.makeSplitter()
    splitter.split(bytes.span, emit)
    splitter.finish(emit)
  }
}

/// A sentence as a model reads it.
public struct EncodedSentence: Sendable, Equatable {
  /// The ids, the final end of sentence included.
  public private(set) var tokens: [Int] = []
  /// How many of them are the unknown word.
  public private(set) var unknownCount = 0
  /// The tokens as they stood in the text, unknown ones too; as many as `tokens`.
  public private(set) var words: [String] = []

  fileprivate mutating func append(_ id: Int, word: Span<UInt8>, unknown: Int?) {
    tokens.append(id)
    if id == unknown { unknownCount += 1 }
    words.append(String(decoding: [UInt8](copying: word), as: UTF8.self))
  }
}

extension String {
  /// Whether it ends with a line end.
  fileprivate var endsLine: Bool {
    switch unicodeScalars.last {
    case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
    default: false
    }
  }
}
