/// How text is cut into tokens, and which of them are words of the vocabulary.
public struct TextOptions: Sendable, Equatable {
  public var tokenizer: Tokenizer
  /// The most entries of the vocabulary, special ones included; nil for no limit.
  public var vocabularyLimit: Int?
  /// How often a token must occur.
  public var minimumCount: Int

  /// - Precondition: a limit leaves room for 2 entries, and the minimum is 1 or more.
  public init(
    tokenizer: Tokenizer = Tokenizer(kind: .word), vocabularyLimit: Int? = nil,
    minimumCount: Int = 1
  ) {
    precondition(
      vocabularyLimit.map { $0 >= 2 } != false && minimumCount >= 1,
      "A vocabulary needs room for 2 entries and a minimum count of 1, "
        + "found \(vocabularyLimit ?? 2) and \(minimumCount).")
    self.tokenizer = tokenizer
    self.vocabularyLimit = vocabularyLimit
    self.minimumCount = minimumCount
  }
}
