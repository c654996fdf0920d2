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

extension LanguageModel {
  /// P(word | the words before), after one end of sentence.
  func probability(of word: String, after words: String) -> Double {
    var state = initialState(batchSize: 1)
    var next = advance([codec.vocabulary.endOfSentence], state: &state, team: .serial)
    for token in codec.encode(words) { next = advance([token], state: &state, team: .serial) }
    return PortableMath.exp(Double(next[0, codec.encode(word)[0]]))
  }
}
