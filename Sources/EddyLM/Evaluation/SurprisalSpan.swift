/// What is shown of a text in one colour: a token, or several whose bytes make characters only together.
public struct SurprisalSpan: Sendable, Equatable {
  /// The text in lines, all but the last of which end with `⏎`; control characters are shown by their pictures.
  public let lines: [String]
  /// Whether a space stands before it that is not part of it.
  public let followsSpace: Bool
  /// How many tokens it is.
  public let tokens: Int
  /// Whether one of them is the unknown word.
  public let isUnknown: Bool
  /// The surprisal of all its tokens together, in bits.
  public let surprisal: Double

  /// - Precondition: there is a word.
  init(_ words: [EvaluatedWord]) {
    precondition(!words.isEmpty, "A span needs a word.")
    var lines = [""]
    for scalar in String(decoding: words.flatMap(\.bytes), as: UTF8.self).unicodeScalars {
      lines[lines.count - 1].unicodeScalars.append(scalar.picture)
      if scalar == "\n" { lines.append("") }
    }
    self.lines = lines
    followsSpace = words[0].followsSpace
    tokens = words.count
    isUnknown = words.contains(where: \.isUnknown)
    surprisal = words.reduce(0) { $0 + $1.surprisal }
  }
}

/// Joins the tokens of a text into spans of whole characters.
public struct SurprisalSpans: Sendable {
  private var pending: [EvaluatedWord] = []

  public init() {}

  /// The spans that these tokens complete.
  public mutating func add(_ words: [EvaluatedWord]) -> [SurprisalSpan] {
    words.compactMap { word in
      pending.append(word)
      guard UTF8Assembler.incompleteCount(pending.flatMap(\.bytes)) == 0 else { return nil }
      return finish()
    }
  }

  /// What is left at the end of the text.
  public mutating func finish() -> SurprisalSpan? {
    guard !pending.isEmpty else { return nil }
    defer { pending = [] }
    return SurprisalSpan(pending)
  }
}

extension Unicode.Scalar {
  /// The character, or what stands for it where it is a control character: U+2400 …, `⏎` for a line feed.
  fileprivate var picture: Unicode.Scalar {
    switch value {
    case 0x0A: "⏎"
    case 0x00...0x1F: Unicode.Scalar(0x2400 + value) ?? "\u{FFFD}"
    case 0x7F: "␡"
    case 0x80...0x9F: "\u{FFFD}"
    default: self
    }
  }
}
