/// Turns text into token ids and back.
public struct TextCodec: Sendable, Equatable {
  public let tokenizer: Tokenizer
  public let vocabulary: Vocabulary

  /// - Precondition: the vocabulary knows an unknown word, or has every byte.
  public init(tokenizer: Tokenizer, vocabulary: Vocabulary) {
    let (isValid, needed) =
      switch tokenizer.kind {
      case .byte: (vocabulary.count == 256, "256 bytes")
      case .bpe: (vocabulary.bytePairs != nil, "byte pairs")
      case .word, .whitespace, .character: (vocabulary.unknown != nil, "<unk>")
      }
    precondition(isValid, "A codec needs a vocabulary with \(needed).")
    self.tokenizer = tokenizer
    self.vocabulary = vocabulary
  }

  /// The ids of a text, normalised first. Line ends in it are ends of sentences; none is added.
  public func encode(_ text: String) -> [Int] {
    var ids: [Int] = []
    cut(text) { vocabulary.forEachId(of: $0) { ids.append($0) } }
    return ids
  }

  /// One sentence with its end.
  ///
  /// - Parameter text: A line, with or without its line end.
  public func encodeLine(_ text: String) -> EncodedSentence {
    var sentence = EncodedSentence()
    cut(text) { piece in
      if vocabulary.bytePairs == nil {
        vocabulary.forEachId(of: piece) {
          sentence.append($0, word: piece, unknown: vocabulary.unknown)
        }
      } else {
        vocabulary.forEachId(of: piece) { id in
          let bytes = vocabulary.bytes(of: id)
          sentence.append(id, word: bytes.span, unknown: nil)
        }
      }
    }
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

extension TextCodec {
  /// The ids of bytes as they are, whether they are text or not.
  package func encode(bytes: [UInt8]) -> [Int] {
    var ids: [Int] = []
    for piece in tokenizer.pieces(of: [bytes]) {
      vocabulary.forEachId(of: piece.span) { ids.append($0) }
    }
    return ids
  }
}

extension Tokenizer {
  /// What a text that comes in parts is cut into.
  package func pieces(of parts: [[UInt8]]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var splitter = makeSplitter()
    for part in parts { splitter.split(part.span) { pieces.append([UInt8](copying: $0)) } }
    splitter.finish { pieces.append([UInt8](copying: $0)) }
    return pieces
  }
}
