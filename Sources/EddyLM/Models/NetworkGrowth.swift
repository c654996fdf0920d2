import EddyNN

extension LanguageNetwork {
  /// The network with room for more words.
  ///
  /// Each new word begins as a copy of the unknown one, and they share the probability that it had: what
  /// the network says about all other words stays as it was.
  ///
  /// - Precondition: `size` is at least ``vocabularySize``, and `unknown` a word of the network.
  package func grown(to size: Int, unknown: Int) -> Self {
    precondition(
      size >= vocabularySize && unknown >= 0 && unknown < vocabularySize,
      "A network of \(vocabularySize) words cannot grow to \(size) from word \(unknown).")
    guard size > vocabularySize else { return self }
    let added = size - vocabularySize
    let rows = Array(0..<vocabularySize) + Array(repeating: unknown, count: added)
    var grown = self
    grown.embedding.weights = embedding.weights.rows(rows)
    var bias = rows.map { decoder.bias[0, $0] }
    let share = Float(PortableMath.log(Double(added + 1)))
    for word in [unknown] + Array(vocabularySize..<size) { bias[word] -= share }
    grown.decoder = Linear(
      weights: decoder.weights.rows(rows),
      bias: Matrix(rows: 1, columns: size, elements: bias))
    return grown
  }
}
