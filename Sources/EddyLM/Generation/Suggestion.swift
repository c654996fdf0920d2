public import EddyFiles

/// What may come next in a text that is being typed.
public struct Suggestion: Sendable, Equatable {
  /// How a suggestion goes on from the prompt.
  public enum Kind: String, Sendable {
    /// The word that the prompt breaks off in.
    case completion
    /// A new word, or a new character of a model of characters.
    case next
    /// The end of the sentence.
    case endOfSentence = "end_of_sentence"
  }

  /// The whole word or character; a line end for the end of the sentence.
  public var text: String
  /// What to append to the prompt.
  public var insertion: String
  public var kind: Kind
  /// The probability among all possible suggestions, 0 … 1.
  public var probability: Double

  /// The result for a program.
  public func json() -> JSON {
    .object([
      "text": .string(text), "insertion": .string(insertion), "kind": .string(kind.rawValue),
      "probability": .number(probability),
    ])
  }
}
