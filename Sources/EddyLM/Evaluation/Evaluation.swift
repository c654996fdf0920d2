public import EddyFiles
import EddyNN

/// How well a model predicts a text, every token once.
///
/// The counts and the two sums are kept; everything else is computed from them.
public struct Evaluation: Sendable, Equatable {
  /// The tokens predicted, line ends included.
  public var tokens: Int
  /// The number of entries in the model's vocabulary.
  public var vocabularySize: Int
  /// The predicted tokens that are the unknown word.
  public var unknownTokens: Int
  /// The natural log-probability of the whole text.
  public var logProbability: Double
  /// The natural log-probability of the tokens that are not the unknown word.
  public var knownLogProbability: Double
  /// How long the text is.
  public var size: TextSize

  /// - Precondition: there is at least one token, and no more unknown tokens than tokens.
  public init(
    tokens: Int, vocabularySize: Int, unknownTokens: Int, logProbability: Double,
    knownLogProbability: Double, size: TextSize
  ) {
    precondition(
      tokens >= 1 && unknownTokens >= 0 && unknownTokens <= tokens,
      "An evaluation needs 1 token or more, found \(tokens), \(unknownTokens) of them unknown.")
    self.tokens = tokens
    self.vocabularySize = vocabularySize
    self.unknownTokens = unknownTokens
    self.logProbability = logProbability
    self.knownLogProbability = knownLogProbability
    self.size = size
  }

  /// The share of the tokens that are the unknown word, 0 … 1.
  public var unknownRate: Double { Double(unknownTokens) / Double(tokens) }

  /// The mean negative log-probability of a token, in nats.
  public var lossPerToken: Double { -logProbability / Double(tokens) }

  /// The perplexity per token.
  public var perplexity: Double { PortableMath.exp(lossPerToken) }

  /// The perplexity per token of the tokens that are not the unknown word; nil if there are none.
  ///
  /// Unknown words still stand in the history of what follows them.
  public var perplexityWithoutUnknown: Double? {
    guard tokens > unknownTokens else { return nil }
    return PortableMath.exp(-knownLogProbability / Double(tokens - unknownTokens))
  }

  /// The mean information of a token, in bits.
  public var bitsPerToken: Double { bits / Double(tokens) }

  /// The mean information of a character (Unicode scalar), in bits; nil if there are none.
  public var bitsPerCharacter: Double? {
    size.characters > 0 ? bits / Double(size.characters) : nil
  }

  /// The mean information of a byte, in bits; nil if there are none.
  public var bitsPerByte: Double? { size.bytes > 0 ? bits / Double(size.bytes) : nil }

  /// The perplexity per word: what stands between white space, and the end of a line; nil if there are none.
  public var perplexityPerWord: Double? {
    size.words > 0 ? PortableMath.exp(-logProbability / Double(size.words)) : nil
  }

  /// Whether bits per character and per byte, and perplexity per word, may be compared with those of a model with another
  /// vocabulary: only if no word was unknown, because an unknown word costs the same however long it is.
  public var isComparable: Bool { unknownTokens == 0 }

  private var bits: Double { LogBase.two.value(ofNatural: -logProbability) }
}

/// How long a text is, line ends included.
public struct TextSize: Sendable, Equatable {
  /// Unicode scalars.
  public var characters: Int
  /// Bytes of UTF-8.
  public var bytes: Int
  /// What stands between white space, and ends of lines; 0 where nobody counted.
  public var words: Int

  public init(characters: Int, bytes: Int, words: Int = 0) {
    self.characters = characters
    self.bytes = bytes
    self.words = words
  }

  /// The size of a line and of its end, which counts as one character and one byte.
  public init(line: String) {
    var words = WordCounter()
    self.init(
      characters: line.unicodeScalars.count + 1, bytes: line.utf8.count + 1,
      words: words.count(Array(line.utf8).span) + 1)
  }
}

extension Evaluation {
  /// The result for a program; numbers that do not exist or are not finite are null.
  ///
  /// - Parameter interval: Of the perplexity, by ``SentenceBlocks/perplexityInterval()``.
  public func json(
    logBase: LogBase = .natural, interval: ClosedRange<Double>? = nil
  ) -> JSON {
    .object([
      "tokens": .integer(Int64(tokens)),
      "vocabulary": .integer(Int64(vocabularySize)),
      "unknown_tokens": .integer(Int64(unknownTokens)),
      "unknown_rate": .number(unknownRate),
      "characters": .integer(Int64(size.characters)),
      "bytes": .integer(Int64(size.bytes)),
      "log_probability": .number(logBase.value(ofNatural: logProbability)),
      "log_base": .string(logBase.rawValue),
      "words": .integer(Int64(size.words)),
      "perplexity": .number(perplexity),
      "perplexity_low": .optional(interval?.lowerBound),
      "perplexity_high": .optional(interval?.upperBound),
      "perplexity_per_word": .optional(perplexityPerWord),
      "perplexity_without_unknown": .optional(perplexityWithoutUnknown),
      "bits_per_token": .number(bitsPerToken),
      "bits_per_character": .optional(bitsPerCharacter),
      "bits_per_byte": .optional(bitsPerByte),
      "comparable": .bool(isComparable),
    ])
  }

  /// The result for a person: one number a line, each with its unit.
  public func table(
    logBase: LogBase = .natural, interval: ClosedRange<Double>? = nil
  ) -> String {
    let range = interval.map {
      " (95 % interval: \($0.lowerBound.fixed(2)) to \($0.upperBound.fixed(2)))"
    }
    let remark = isComparable ? "" : " (not comparable: there are unknown words)"
    var rows = [
      ("tokens", "\(tokens) tokens"),
      ("vocabulary", "\(vocabularySize) entries"),
      ("unknown words", "\(unknownTokens) tokens, \((100 * unknownRate).fixed(2)) % of all"),
      (
        "log-probability",
        "\(logBase.value(ofNatural: logProbability).fixed(2)) \(logBase.unit)"
      ),
      ("perplexity", "\(perplexity.fixed(2)) per token\(range ?? "")"),
      (
        "perplexity without unknown words",
        perplexityWithoutUnknown.map { "\($0.fixed(2)) per token" } ?? "none: all are unknown"
      ),
    ]
    if let perplexityPerWord {
      rows.append(
        ("perplexity per word", "\(perplexityPerWord.fixed(2)) per word or end of line\(remark)"))
    }
    rows += [
      ("bits per token", "\(bitsPerToken.fixed(4)) bits")
    ]
    if let bitsPerCharacter {
      rows.append(("bits per character", "\(bitsPerCharacter.fixed(4)) bits\(remark)"))
    }
    if let bitsPerByte { rows.append(("bits per byte", "\(bitsPerByte.fixed(4)) bits\(remark)")) }
    let width = rows.reduce(0) { max($0, $1.0.count) } + 2
    return rows.map { name, value in
      name + String(repeating: " ", count: width - name.count) + value
    }.joined(separator: "\n")
  }
}

extension PairedComparison {
  /// The result for a program.
  public var json: JSON {
    .object([
      "perplexity_ratio": .number(ratio), "perplexity_ratio_low": .number(interval.lowerBound),
      "perplexity_ratio_high": .number(interval.upperBound), "share_better": .number(shareBetter),
    ])
  }

  /// The result for a person.
  public func sentence(against other: String) -> String {
    func percent(_ ratio: Double) -> String {
      (ratio < 1 ? "" : "+") + (100 * (ratio - 1)).fixed(2) + " %"
    }
    return
      "against \(other): perplexity \(percent(ratio)) (95 % interval: \(percent(interval.lowerBound)) to "
      + "\(percent(interval.upperBound))), better on \((100 * shareBetter).fixed(1)) % of texts drawn from its sentences"
  }
}
