/// Turns tokens into text, one at a time, so that the pieces joined are what a reader wants to see
/// after the prompt.
struct TextStream: Sendable {
  private let codec: TextCodec
  private var previous: Int
  private var dropsSpace: Bool
  private var assembler = UTF8Assembler()
  private var stops: StopMatcher

  /// - Parameters:
  ///   - previous: The last token of the prompt, or an end of sentence.
  ///   - prompt: Where it ends in white space, the text does not begin with a space of its own.
  init(codec: TextCodec, previous: Int, prompt: String, stopStrings: [String]) {
    self.codec = codec
    self.previous = previous
    dropsSpace = prompt.endsInWhitespace
    stops = StopMatcher(stopStrings)
  }

  /// Whether a stop string has come.
  var isStopped: Bool { stops.isStopped }

  /// The text that is safe to show after this token: maybe empty.
  mutating func append(_ token: Int) -> String {
    var bytes = codec.piece(of: token, after: previous)
    previous = token
    if dropsSpace, codec.tokenizer.hasWordTokens, bytes.first == UInt8(ascii: " ") {
      bytes.removeFirst()
    }
    dropsSpace = false
    return stops.pass(assembler.text(bytes))
  }

  /// What was held back, at the end of the text.
  mutating func finish() -> String { stops.pass(assembler.finish()) + stops.finish() }
}

extension TextCodec {
  /// The bytes that a token adds to a text that ends in another token: a word brings its space.
  func piece(of token: Int, after previous: Int) -> [UInt8] {
    guard tokenizer.hasWordTokens else { return vocabulary.bytes(of: token) }
    let before = Array(decode([previous]).utf8)
    return Array(Array(decode([previous, token]).utf8).dropFirst(before.count))
  }

  /// The tokens that cannot come next: those that join the word before, where a text is empty or ends
  /// in white space.
  func impossibleTokens(after text: String) -> [Int] {
    guard tokenizer.kind == .word, text.isEmpty || text.endsInWhitespace else { return [] }
    return (0..<vocabulary.count).filter { isJoined(vocabulary.bytes(of: $0)) }
  }

  /// A token without its joiner mark, for a person.
  func shown(_ token: [UInt8]) -> String { String(decoding: unjoined(token), as: UTF8.self) }

  /// A token without its joiner mark.
  func unjoined(_ token: [UInt8]) -> [UInt8] {
    isJoined(token) ? Array(token.dropFirst(WordSplitter.joiner.count)) : token
  }

  /// Whether a token follows the one before without a space, by its joiner mark.
  func isJoined(_ token: [UInt8]) -> Bool {
    tokenizer.kind == .word && token.count > WordSplitter.joiner.count
      && token.starts(with: WordSplitter.joiner)
  }
}

extension String {
  /// Whether the last scalar is white space; false if there is none.
  var endsInWhitespace: Bool { unicodeScalars.last?.isSpace ?? false }
}
