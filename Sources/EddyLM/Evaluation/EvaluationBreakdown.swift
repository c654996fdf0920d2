public import EddyFiles
import EddyNN

/// How well a model predicts the tokens of a text by how often they occur in its training text, and by where they stand in
/// their sentences.
///
/// Every token is in one class of each kind, so the classes add up to the ``Evaluation`` of the text.
public struct EvaluationBreakdown: Sendable, Equatable {
  private let vocabulary: Vocabulary
  /// Unknown; never; then by powers of ten.
  private var frequencies: [TokenClass]
  private var positions: [TokenClass]
  private var position = 1

  /// - Complexity: O(1); memory does not grow with the text.
  public init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    // 10¹⁸ is the largest power that an Int holds.
    let powers = Array(sequence(first: 1) { $0 * 10 }.prefix(19))
    let ends = powers.dropFirst().map { $0 - 1 } + [Int.max]
    frequencies =
      [TokenClass(nil), TokenClass(0...0)]
      + zip(powers, ends).map { TokenClass($0...$1) }
    positions = [1...1, 2...2, 3...4, 5...8, 9...16, 17...32, 33...Int.max].map { TokenClass($0) }
  }

  /// Adds the next token of the text with its natural log-probability.
  ///
  /// - Precondition: `token` is in the vocabulary.
  public mutating func add(_ token: Int, logProbability: Float) {
    frequencies[frequencyClass(of: token)].add(logProbability)
    // 1, 2, then up to each power of two.
    let place = Int.bitWidth - (position - 1).leadingZeroBitCount
    positions[min(place, positions.count - 1)].add(logProbability)
    position = token == vocabulary.endOfSentence ? 1 : position + 1
  }

  /// The classes by occurrences in the training text, those without a token left out: the unknown word, then the rarest
  /// first. nil if the vocabulary has no counts, as that of an imported model.
  public var byFrequency: [TokenClass]? {
    vocabulary.hasCounts ? frequencies.filter { $0.tokens > 0 } : nil
  }

  /// The classes by place in the sentence, whose end is its last token; those without a token left out.
  public var byPosition: [TokenClass] { positions.filter { $0.tokens > 0 } }

  private func frequencyClass(of token: Int) -> Int {
    guard token != vocabulary.unknown else { return 0 }
    var count = vocabulary.occurrences(of: token)
    guard count > 0 else { return 1 }
    var index = 2
    while count >= 10 {
      count /= 10
      index += 1
    }
    return index
  }
}

/// Tokens of a text that have something in common, and how well a model predicts them.
public struct TokenClass: Sendable, Equatable {
  /// How often they occur, or where they stand; open above if it ends with `Int.max`. nil for the unknown word.
  public let range: ClosedRange<Int>?
  public private(set) var tokens = 0
  /// The natural log-probability of all.
  public private(set) var logProbability = 0.0

  init(_ range: ClosedRange<Int>?) { self.range = range }

  mutating func add(_ logProbability: Float) {
    tokens += 1
    self.logProbability += Double(logProbability)
  }

  /// The perplexity per token.
  public var perplexity: Double { PortableMath.exp(-logProbability / Double(tokens)) }

  /// The mean surprisal of a token, in bits.
  public var bitsPerToken: Double {
    LogBase.two.value(ofNatural: -logProbability) / Double(tokens)
  }

  /// The range for a person.
  public var label: String {
    guard let range else { return "unknown" }
    if range.count == 1 { return "\(range.lowerBound)" }
    return range.upperBound == .max
      ? "\(range.lowerBound) and more" : "\(range.lowerBound)–\(range.upperBound)"
  }
}

extension EvaluationBreakdown {
  /// The two lists for a program, as members of one object; `by_frequency` is null without counts.
  public var json: [String: JSON] {
    [
      "by_frequency": byFrequency.map(Self.json) ?? .null, "by_position": Self.json(byPosition),
    ]
  }

  /// The two tables for a person.
  public var table: String {
    let frequency =
      byFrequency.map { Self.table($0, name: "occurrences in the training text") }
      ?? "occurrences in the training text: the model's vocabulary has no counts"
    return frequency + "\n\n" + Self.table(byPosition, name: "position in the sentence")
  }

  private static func json(_ classes: [TokenClass]) -> JSON {
    let all = classes.reduce(0) { $0 + $1.tokens }
    return .array(
      classes.map { part in
        .object([
          "class": .string(part.label),
          "from": part.range.map { .integer(Int64($0.lowerBound)) } ?? .null,
          "to": part.range.flatMap { $0.upperBound == .max ? nil : .integer(Int64($0.upperBound)) }
            ?? .null,
          "tokens": .integer(Int64(part.tokens)),
          "share": .number(Double(part.tokens) / Double(all)),
          "perplexity": .number(part.perplexity), "bits_per_token": .number(part.bitsPerToken),
        ])
      })
  }

  private static func table(_ classes: [TokenClass], name: String) -> String {
    let all = classes.reduce(0) { $0 + $1.tokens }
    let rows =
      [[name, "tokens", "share", "perplexity", "bits per token"]]
      + classes.map { part in
        [
          part.label, "\(part.tokens)",
          "\((100 * Double(part.tokens) / Double(all)).fixed(2)) %", part.perplexity.fixed(2),
          part.bitsPerToken.fixed(4),
        ]
      }
    let widths = rows[0].indices.map { column in rows.reduce(0) { max($0, $1[column].count) } }
    return rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + space : space + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
