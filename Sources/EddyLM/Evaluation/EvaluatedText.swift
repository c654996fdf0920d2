public import EddyFiles
public import SystemPackage

/// Puts the tokens of an evaluation back into the text that they were cut from.
public struct EvaluatedText: ~Copyable {
  private let codec: TextCodec
  private var unknownWords: LineReader?
  private var line = 1
  private var position = 1
  /// Whether the next token is the first of its line.
  private var beginsLine = true

  /// - Parameter unknownWords: The file that ``Corpus/tokenise(_:codec:to:unknownWords:)`` wrote; without, an unknown
  ///   word is shown by the vocabulary's name for all of them.
  /// - Throws: `FileError`
  public init(codec: TextCodec, unknownWords: FilePath? = nil) throws {
    self.codec = codec
    self.unknownWords = try unknownWords.map { try LineReader(path: $0) }
  }

  /// The next tokens of the text.
  ///
  /// - Parameter part: What follows the part before; the first begins a line.
  /// - Throws: `FileError` if the unknown words cannot be read.
  public mutating func words(of part: EvaluatedTokens) throws -> [EvaluatedWord] {
    try zip(part.tokens, part.logProbabilities).map { token, logProbability in
      try word(token, logProbability: Double(logProbability))
    }
  }

  private mutating func word(_ id: Int, logProbability: Double) throws -> EvaluatedWord {
    let vocabulary = codec.vocabulary
    let isUnknown = id == vocabulary.unknown
    var token = vocabulary.bytes(of: id)
    if isUnknown, let word = try unknownWords?.next() { token = word.bytes }
    let endsSentence = id == vocabulary.endOfSentence
    let isJoined = codec.isJoined(token)
    let word = EvaluatedWord(
      word: codec.shown(token),
      bytes: endsSentence ? [UInt8(ascii: "\n")] : codec.unjoined(token),
      followsSpace: codec.tokenizer.hasWordTokens && !(beginsLine || endsSentence || isJoined),
      isUnknown: isUnknown, logProbability: logProbability, line: line, position: position)
    line += word.bytes.count { $0 == UInt8(ascii: "\n") }
    beginsLine = endsSentence
    position = endsSentence ? 1 : position + 1
    return word
  }
}

/// A token of a text that was evaluated, and how likely it was.
public struct EvaluatedWord: Sendable, Equatable {
  /// The word as it stands in the text; the vocabulary's own name of a line's end.
  public var word: String
  /// What the token adds to the text, but for the space before it.
  public var bytes: [UInt8]
  /// Whether a space stands between the token before and this one, and is part of neither.
  public var followsSpace: Bool
  /// Whether the model knows the word only as the unknown word.
  public var isUnknown: Bool
  /// The natural log-probability of the token, given all before it.
  public var logProbability: Double
  /// The line of the text, from 1.
  public var line: Int
  /// The place among the tokens of its sentence, from 1.
  public var position: Int

  /// How surprising the token was, in bits.
  public var surprisal: Double {
    // From 0, as the negative of a certainty would be −0.
    LogBase.two.value(ofNatural: 0 - logProbability)
  }

  /// The result for a program; a surprisal that is not finite is null.
  public var json: JSON {
    .object([
      "word": .string(word), "surprisal_bits": .number(surprisal), "unknown": .bool(isUnknown),
      "line": .integer(Int64(line)), "position": .integer(Int64(position)),
    ])
  }
}
