/// Where the words of a training come from.
public enum VocabularySource: Sendable {
  /// The text itself.
  case text(TextOptions)
  /// A model that is trained on; all other words are unknown.
  case model(TextCodec)
  /// A model that is trained on, and after its words those of the text that occur so often.
  case grownModel(TextCodec, minimumCount: Int)

  var tokenizer: Tokenizer {
    switch self {
    case .text(let options): options.tokenizer
    case .model(let codec), .grownModel(let codec, _): codec.tokenizer
    }
  }

  /// The vocabulary of a text whose words were counted, and the id of every provisional one.
  func vocabulary(of words: VocabularyBuilder) -> (vocabulary: Vocabulary, finalIds: FinalIds) {
    switch self {
    case .text(let options):
      words.ranked(
        options.tokenizer, limit: options.vocabularyLimit, minimumCount: options.minimumCount)
    case .model(let codec): words.extending(codec.vocabulary, minimumCount: nil)
    case .grownModel(let codec, let minimumCount):
      words.extending(codec.vocabulary, minimumCount: minimumCount)
    }
  }
}
