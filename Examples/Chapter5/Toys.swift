import EddyLM
import EddyNN

/// A text of a few words, in memory.
struct ToyText {
  let codec: TextCodec
  let tokens: [Int]

  /// Words of the same spelling get the same number.
  init(_ words: [String]) {
    var known: [String] = []
    for word in words where word != "<eos>" && !known.contains(word) { known.append(word) }
    codec = TextCodec(
      tokenizer: Tokenizer(kind: .whitespace), vocabulary: Vocabulary(words: known))
    tokens = codec.encode(words.joined(separator: " "))
  }
}

/// Trains a network of any kind, and makes a language model of it.
func train(_ options: TrainingOptions, on text: ToyText) throws -> any LanguageModel {
  guard let kind = options.model.network else { fatalError("\(options.model) is no network.") }
  return try train(kind, options, on: text)
}

private func train<Network: LanguageNetwork>(
  _: Network.Type, _ options: TrainingOptions, on text: ToyText
) throws -> any LanguageModel {
  let start = Network(
    vocabularySize: text.codec.vocabulary.count, sizes: options.sizes, range: nil,
    seed: options.seed)
  var trainer = Trainer(
    state: TrainerState(network: start, options: options), tokens: text.tokens,
    options: options, team: .serial)
  for _ in 0..<trainer.totalUpdates { _ = try trainer.update() }
  return try trainer.state.network.languageModel(
    codec: text.codec, precision: .float32, team: .serial)
}

extension LanguageModel {
  /// P(word | the words before), after one end of sentence.
  func probability(of word: String, after words: String) -> Double {
    var state = initialState(batchSize: 1)
    var next = advance([codec.vocabulary.endOfSentence], state: &state, team: .serial)
    for token in codec.encode(words) { next = advance([token], state: &state, team: .serial) }
    return PortableMath.exp(Double(next[0, codec.encode(word)[0]]))
  }
}
