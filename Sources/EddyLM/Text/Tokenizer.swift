public import EddyFiles

/// How text is cut into tokens.
///
/// Text is normalised first (``TextNormalizer``): NFC, every line end a line feed, lower case on
/// request. A token is then a string of bytes, and its bytes alone say what it is.
///
/// | kind | tokens | end of a line |
/// | --- | --- | --- |
/// | `word` | words and every other visible character, reversibly | `<eos>` |
/// | `whitespace` | what stands between white space | `<eos>` |
/// | `character` | Unicode scalars, or what a reader sees as one character | the line feed |
/// | `byte` | bytes of UTF-8 | the line feed |
/// | `bpe` | frequent strings of bytes, which ``BytePairs`` makes of the words here | the line feed |
///
/// A literal `<unk>` is the unknown word for `word` and `whitespace`; a literal `<eos>` is the end
/// of a sentence for `whitespace` alone. Runs of white space inside a line count as one space, and
/// those at its ends as none, for `word` and `whitespace`.
public struct Tokenizer: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case word, whitespace, character, byte, bpe
  }

  public var kind: Kind
  /// Whether text is lower-cased before it is cut.
  public var lowercase: Bool
  /// Whether a character is a grapheme cluster; read by `character` alone.
  public var graphemes: Bool
  /// Whether a token may hold a line feed and more; read by `bpe` alone. Never in those that are trained here.
  public var joinsLines: Bool

  public init(
    kind: Kind, lowercase: Bool = false, graphemes: Bool = false, joinsLines: Bool = false
  ) {
    self.kind = kind
    self.lowercase = lowercase
    self.graphemes = graphemes
    self.joinsLines = joinsLines
  }
}

extension Tokenizer {
  /// Stands for every word that is not in the vocabulary; `word`, `whitespace` and `character` have
  /// it.
  static let unknown = Array("<unk>".utf8)

  /// Stands for the end of a line.
  var endOfSentence: [UInt8] { hasWordTokens ? Array("<eos>".utf8) : [UInt8(ascii: "\n")] }

  /// Whether tokens are words, and not characters or bytes.
  var hasWordTokens: Bool { kind == .word || kind == .whitespace }

  /// Whether tokens are bytes and strings of them, of which none is unknown.
  var hasByteTokens: Bool { kind == .byte || kind == .bpe }

  /// The entries that a vocabulary has whatever the text holds.
  var requiredEntries: [[UInt8]] {
    hasByteTokens ? (0...UInt8.max).map { [$0] } : [Self.unknown, endOfSentence]
  }

  /// The machine that cuts one text.
  func makeSplitter() -> any TokenSplitter {
    switch kind {
    case .word: WordSplitter()
    case .whitespace: WhitespaceSplitter()
    case .character: graphemes ? GraphemeSplitter() : ScalarSplitter()
    case .byte: ByteSplitter()
    case .bpe: PieceSplitter(joinsLines: joinsLines)
    }
  }
}

extension Tokenizer {
  /// The tokenizer as it stands in a model file.
  public var json: JSON {
    var members: [String: JSON] = [
      "kind": .string(kind.rawValue), "lowercase": .bool(lowercase), "graphemes": .bool(graphemes),
    ]
    if kind == .bpe { members["joins_lines"] = .bool(joinsLines) }
    return .object(members)
  }

  /// - Throws: ``TokenizerError``
  public init(json: JSON) throws(TokenizerError) {
    guard let kind = json["kind"]?.string.flatMap(Kind.init(rawValue:)) else {
      throw .field("kind", needed: Kind.allCases.map(\.rawValue).joined(separator: ", "))
    }
    guard let lowercase = json["lowercase"]?.bool else {
      throw .field("lowercase", needed: "true or false")
    }
    guard let graphemes = json["graphemes"]?.bool else {
      throw .field("graphemes", needed: "true or false")
    }
    let joinsLines = kind == .bpe ? json["joins_lines"]?.bool : false
    guard let joinsLines else { throw .field("joins_lines", needed: "true or false") }
    self.init(
      kind: kind, lowercase: lowercase, graphemes: graphemes, joinsLines: joinsLines)
  }
}

/// Why the description of a tokenizer was refused.
public enum TokenizerError: Error, Equatable {
  case field(String, needed: String)
}

extension TokenizerError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .field(let name, let needed): "The tokenizer's field '\(name)' must be \(needed)."
    }
  }
}
