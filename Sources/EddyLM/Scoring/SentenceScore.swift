public import EddyFiles
import EddyNN

/// What a model says about one sentence, read from the initial state after one end of sentence.
public struct SentenceScore: Sendable, Equatable {
  /// The tokens predicted: the sentence's words and its end.
  public var tokens: Int
  /// The predicted tokens that are the unknown word.
  public var unknownTokens: Int
  /// The joint natural log-probability of all tokens.
  public var logProbability: Double
  /// The natural log-probability of the tokens that are not the unknown word.
  public var knownLogProbability: Double
  /// How long the sentence is, its end included.
  public var size: TextSize
  /// Each token with its log-probability, in order; nil if not asked for.
  public var words: [WordScore]?

  /// The perplexity per token.
  public var perplexity: Double { PortableMath.exp(-logProbability / Double(tokens)) }

  /// The natural log-probability, divided as asked.
  public func logProbability(_ normalisation: Normalisation) -> Double {
    switch normalisation {
    case .none: logProbability
    case .token: logProbability / Double(tokens)
    case .character: logProbability / Double(size.characters)
    case .byte: logProbability / Double(size.bytes)
    }
  }

  /// The result for a program.
  public func json(normalisation: Normalisation = .none, logBase: LogBase = .natural) -> JSON {
    var object: [String: JSON] = [
      "tokens": .integer(Int64(tokens)),
      "unknown_tokens": .integer(Int64(unknownTokens)),
      "log_probability": .number(logBase.value(ofNatural: logProbability)),
      "log_probability_without_unknown": .number(logBase.value(ofNatural: knownLogProbability)),
      "log_base": .string(logBase.rawValue),
      "perplexity": .number(perplexity),
    ]
    if normalisation != .none {
      object["normalised_log_probability"] = .number(
        logBase.value(ofNatural: logProbability(normalisation)))
      object["normalised_by"] = .string(normalisation.rawValue)
    }
    if let words { object["words"] = .array(words.map { $0.json(logBase: logBase) }) }
    return .object(object)
  }
}

/// A token of a sentence and how likely it was.
public struct WordScore: Sendable, Equatable {
  /// The word as it stands in the sentence; the vocabulary's own name of a line's end.
  public var word: String
  /// Whether the model knows the word only as the unknown word.
  public var isUnknown: Bool
  /// The natural log-probability of the word, given those before it.
  public var logProbability: Double

  /// The result for a program.
  public func json(logBase: LogBase = .natural) -> JSON {
    .object([
      "word": .string(word), "unknown": .bool(isUnknown),
      "log_probability": .number(logBase.value(ofNatural: logProbability)),
    ])
  }
}
