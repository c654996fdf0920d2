public import EddyNN

/// Suggests how a prompt goes on, as a keyboard does.
///
/// - «you say » ends in white space: its words are finished, and the next word is suggested; not what
///   joins the word before, such as a comma.
/// - «hel» is no word of the model: only words that begin so are suggested.
/// - «you say» may be finished or not: «goodbye» may follow, but «say» may also become «saying». Both
///   are suggested, and weighed: the finished word by P(say | you) · P(next | you say), a longer one
///   by P(saying | you).
/// - A last word that is unknown and that no word begins with counts as finished.
///
/// The unknown word is never suggested; the probabilities of all possible suggestions add up to 1. A
/// model of characters suggests the next character, and so does a model of bytes; one of strings of bytes suggests the
/// next string of whole characters.
public struct Suggester<Model: LanguageModel>: Sendable {
  let model: Model
  let team: ThreadTeam

  public init(_ model: Model, team: ThreadTeam = .serial) {
    self.model = model
    self.team = team
  }

  /// The most likely suggestions, the best first; of equal ones completions first, then by the order
  /// of the vocabulary.
  ///
  /// - Parameter count: The most suggestions to return.
  /// - Returns: Fewer if fewer are possible.
  /// - Precondition: `count` is 0 or more.
  public func suggest(prompt: String, count: Int) -> [Suggestion] {
    precondition(count >= 0, "A number of suggestions is 0 or more, not \(count).")
    guard !model.codec.tokenizer.hasByteTokens else {
      return suggestCharacters(prompt: prompt, count: count)
    }
    let options = options(prompt: prompt)
    let total = options.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return [] }
    let order = Array(options.indices).first(min(count, options.count)) {
      options[$0].weight == options[$1].weight ? $0 < $1 : options[$0].weight > options[$1].weight
    }
    return order.map { suggestion(options[$0], prompt: prompt, total: total) }
  }

  /// A possible suggestion.
  private struct Option {
    let token: Int
    let weight: Double
    /// The part of the word that is typed already; nil if the word is a new one.
    let typed: [UInt8]?
    /// The last token before a new word.
    let previous: Int
  }

  private func options(prompt: String) -> [Option] {
    let codec = model.codec
    let tokens = codec.encode(prompt)
    guard let last = tokens.last, let typed = codec.unfinishedWord(prompt) else {
      return nextWords(
        model.read(tokens, team: team).next, weight: 1,
        after: tokens.last ?? codec.vocabulary.endOfSentence,
        except: codec.impossibleTokens(after: prompt))
    }
    let history = Array(tokens.dropLast())
    var (state, next) = model.read(history, team: team)
    let weights = probabilities(next)
    let previous = history.last ?? codec.vocabulary.endOfSentence
    let longer = codec.vocabulary.words(longerThan: typed)
      .filter { weights[$0] > 0 }
      .map { Option(token: $0, weight: weights[$0], typed: typed, previous: previous) }
    let isUnknown = last == codec.vocabulary.unknown
    if isUnknown, !longer.isEmpty { return longer }
    next = model.advance([last], state: &state, team: team)
    return longer + nextWords(next, weight: isUnknown ? 1 : weights[last], after: last)
  }

  /// Every token that can follow, the weights adding up to `weight`.
  private func nextWords(
    _ next: Matrix, weight: Double, after previous: Int, except impossible: [Int] = []
  ) -> [Option] {
    var weights = probabilities(next)
    for token in impossible { weights[token] = 0 }
    let sum = weights.reduce(0, +)
    guard sum > 0, weight > 0 else { return [] }
    return weights.indices.filter { weights[$0] > 0 }.map {
      Option(token: $0, weight: weight * weights[$0] / sum, typed: nil, previous: previous)
    }
  }

  /// The probability of each token; 0 for the unknown word and for what is no number.
  func probabilities(_ next: Matrix) -> [Double] {
    var result = next.elements.map { $0.isNaN ? 0 : PortableMath.exp(Double($0)) }
    if let unknown = model.codec.vocabulary.unknown { result[unknown] = 0 }
    return result
  }

  private func suggestion(_ option: Option, prompt: String, total: Double) -> Suggestion {
    let codec = model.codec
    let isEnd = option.token == codec.vocabulary.endOfSentence
    var insertion: [UInt8]
    if let typed = option.typed {
      insertion = Array(codec.vocabulary.bytes(of: option.token).dropFirst(typed.count))
    } else {
      insertion = codec.piece(of: option.token, after: option.previous)
      if codec.tokenizer.hasWordTokens, prompt.endsInWhitespace,
        insertion.first == UInt8(ascii: " ")
      {
        insertion.removeFirst()
      }
    }
    return Suggestion(
      text: isEnd ? "\n" : codec.shown(codec.vocabulary.bytes(of: option.token)),
      insertion: String(decoding: insertion, as: UTF8.self),
      kind: isEnd ? .endOfSentence : option.typed == nil ? .next : .completion,
      probability: option.weight / total)
  }
}

extension TextCodec {
  /// The bytes of the word that a prompt breaks off in; nil if it ends in white space, is empty, or if
  /// tokens are no words.
  func unfinishedWord(_ prompt: String) -> [UInt8]? {
    guard tokenizer.hasWordTokens, !prompt.isEmpty, !prompt.endsInWhitespace else { return nil }
    return encodeLine(prompt).words.dropLast().last.map { Array($0.utf8) }
  }
}

extension Vocabulary {
  /// The ids of the words, in their order, that begin with these bytes and go on; no special words.
  func words(longerThan prefix: [UInt8]) -> [Int] {
    (0..<count).filter { id in
      guard id != unknown, id != endOfSentence else { return false }
      let bytes = bytes(of: id)
      return bytes.count > prefix.count && bytes.starts(with: prefix)
    }
  }
}
