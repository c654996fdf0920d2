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
    var paths = longer(than: [], probability: 1, state: state, next: next)
    var open = paths.indices.map { place($0, of: paths[$0]) }.sorted()
    var found: [Suggestion] = []
    var reads = 0
    while found.count < count, let place = open.popLast() {
      var path = paths[place.index]
      if let text = String(validating: path.bytes, as: UTF8.self) {
        let isEnd = path.token == codec.vocabulary.endOfSentence
        found.append(
          Suggestion(
            text: text, insertion: text, kind: isEnd ? .endOfSentence : .next,
            probability: path.probability))
      } else if reads < Self.largestNumberOfReads {
        reads += 1
        let next = model.advance([path.token], state: &path.state, team: team)
        let known = paths.count
        paths += longer(
          than: path.bytes, probability: path.probability, state: path.state, next: next)
        open += (known..<paths.count).map { self.place($0, of: paths[$0]) }
        open.sort()
      }
    }
    return found
  }

  /// A character or its beginning.
  private struct Path {
    let bytes: [UInt8]
    /// The last byte's token, which `state` has not read.
    let token: Int
    let probability: Double
    var state: Model.State
  }

  private func place(_ index: Int, of path: Path) -> SearchPlace {
    SearchPlace(probability: path.probability, token: path.token, index: index)
  }

  /// The paths that are one byte longer, if they are or may become a character.
  private func longer(
    than bytes: [UInt8], probability: Double, state: Model.State, next: Matrix
  ) -> [Path] {
    probabilities(next).enumerated().compactMap { token, share in
      guard share > 0 else { return nil }
      let bytes = bytes + model.codec.vocabulary.bytes(of: token)
      let isPossible =
        UTF8Assembler.incompleteCount(bytes) == bytes.count
        || String(validating: bytes, as: UTF8.self) != nil
      guard isPossible else { return nil }
      return Path(bytes: bytes, token: token, probability: probability * share, state: state)
    }
  }
}

/// Where a path stands in a search.
private struct SearchPlace: Comparable {
  let probability: Double
  let token: Int
  let index: Int

  /// The less likely first; of equal ones the larger token.
  static func < (left: SearchPlace, right: SearchPlace) -> Bool {
    left.probability == right.probability
      ? left.token > right.token : left.probability < right.probability
  }
}
