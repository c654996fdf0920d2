/// How much a text holds.
public struct TextStatistics: Sendable, Equatable {
  /// Line ends included.
  public var tokens = 0
  /// Tokens that are the unknown word.
  public var unknownTokens = 0
  public var lines = 0
  /// What stands between white space.
  public var words = 0
  /// Unicode scalars of the normalised text.
  public var characters = 0
  /// Bytes of the normalised text.
  public var bytes = 0

  public init() {}

  /// Its characters and bytes, and its words with the ends of lines.
  public var size: TextSize {
    TextSize(characters: characters, bytes: bytes, words: words + lines)
  }

  /// What lies between two places of a text, unknown words aside.
  static func - (end: Self, start: Self) -> Self {
    var rest = Self()
    rest.tokens = end.tokens - start.tokens
    rest.lines = end.lines - start.lines
    rest.words = end.words - start.words
    rest.characters = end.characters - start.characters
    rest.bytes = end.bytes - start.bytes
    return rest
  }
}
