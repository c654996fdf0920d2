/// Sentences that begin alike, while the model reads one of them, their leader.
struct SentenceBranch {
  /// The places of the sentences that have not left the leader.
  private(set) var places: Range<Int>
  /// How many tokens of the leader were asked for.
  private(set) var depth: Int
  /// The state before the next row: its number in the schedule.
  var state: Int
  /// The leader's place.
  let leader: Int
  /// The leader's number of tokens.
  private let length: Int
  /// The number of tokens after which the sentences part.
  private var fork: Int

  /// - Precondition: the sentences share `depth` tokens, and the last goes on after them.
  init(_ places: Range<Int>, of sentences: SortedSentences, depth: Int, state: Int) {
    self.places = places
    self.depth = depth
    self.state = state
    leader = sentences.leader(places, from: depth)
    length = sentences.length(leader)
    fork = sentences.sharedLength(places, from: depth)
  }

  /// How many more tokens the model must read.
  var rowsLeft: Int { length - depth }

  /// Goes on by one token.
  ///
  /// - Returns: The places of the sentences that go on, one part for each next token.
  mutating func step(of sentences: SortedSentences) -> [Range<Int>] {
    defer { depth += 1 }
    guard depth == fork else { return [places] }
    let parts = sentences.parts(places, after: depth)
    for part in parts where part.contains(leader) { places = part }
    fork = sentences.sharedLength(places, from: depth + 1)
    return parts
  }
}
