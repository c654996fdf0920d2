import EddyNN

extension Suggester {
  /// How many times the model is asked for the rest of a character.
  private static var largestNumberOfReads: Int { 256 }

  /// The most likely next characters of a model of bytes, the best first.
  ///
  /// The search always follows the most likely bytes, so what it finds first is the most likely. Bytes
  /// that are no UTF-8 are left out; a character's probability is the product of those of its bytes.
  func suggestCharacters(prompt: String, count: Int) -> [Suggestion] {
    let codec = model.codec
    let (state, next) = model.read(codec.encode(prompt), team: team)
    var open = longer(than: [], probability: 1, state: state, next: next).sorted()
    var found: [Suggestion] = []
    var reads = 0
    while found.count < count, var path = open.popLast() {
      if let text = String(validating: path.bytes, as: UTF8.self) {
        let isEnd = path.token == codec.vocabulary.endOfSentence
        found.append(
          Suggestion(
            text: text, insertion: text, kind: isEnd ? .endOfSentence : .next,
            probability: path.probability))
      } else if reads < Self.largestNumberOfReads {
        reads += 1
        let next = model.advance([path.token], state: &path.state, team: team)
        open += longer(
          than: path.bytes, probability: path.probability, state: path.state, next: next)
        open.sort()
      }
    }
    return found
  }

  /// A character or its beginning.
  private struct Path: Comparable {
    let bytes: [UInt8]
    /// The last byte's token, which `state` has not read.
    let token: Int
    let probability: Double
    var state: Model.State

    static func == (left: Path, right: Path) -> Bool {
      left.probability == right.probability && left.token == right.token
    }

    /// The less likely first; of equal ones the larger token.
    static func < (left: Path, right: Path) -> Bool {
      left.probability == right.probability
        ? left.token > right.token : left.probability < right.probability
    }
  }

  /// The paths that are one byte longer, if they are or may become a character.
  private func longer(
    than bytes: [UInt8], probability: Double, state: Model.State, next: Matrix
  ) -> [Path] {
    probabilities(next).enumerated().compactMap { token, share in
      let bytes = bytes + model.codec.vocabulary.bytes(of: token)
      let isPossible =
        UTF8Assembler.incompleteCount(bytes) == bytes.count
        || String(validating: bytes, as: UTF8.self) != nil
      guard share > 0, isPossible else { return nil }
      return Path(bytes: bytes, token: token, probability: probability * share, state: state)
    }
  }
}
