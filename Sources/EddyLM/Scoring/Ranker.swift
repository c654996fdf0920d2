/// Ranks lists of candidates, small lists together so that the model reads full batches.
public struct Ranker<Model: LanguageModel>: Sendable {
  private let scorer: SentenceScorer<Model>
  private let options: RankingOptions
  private let candidatesAtOnce: Int

  /// - Parameter candidatesAtOnce: Lists are gathered until they hold this many candidates: 1 answers
  ///   each list before the next is read.
  /// - Precondition: `candidatesAtOnce` is 1 or more.
  public init(
    _ scorer: SentenceScorer<Model>, options: RankingOptions, candidatesAtOnce: Int = 1024
  ) {
    precondition(
      candidatesAtOnce >= 1, "Ranker needs 1 candidate or more at once, not \(candidatesAtOnce).")
    self.scorer = scorer
    self.options = options
    self.candidatesAtOnce = candidatesAtOnce
  }

  /// Ranks one list.
  ///
  /// - Parameter words: Whether the score of each word is wanted, too.
  public func rank(
    _ candidates: [Candidate], words: Bool = false
  ) throws(RankingError) -> Ranking {
    try rank(lists: [candidates], words: words)[0]
  }

  /// Ranks a stream of lists, in its order.
  ///
  /// - Parameters:
  ///   - next: The next list, nil at the end; see ``CandidateReader/next(_:)``.
  ///   - words: Whether the score of each word is wanted, too.
  ///   - body: Takes each ranking. It may throw to stop.
  /// - Throws: ``RankingError``, or what a closure throws.
  public func rank(
    _ next: () throws -> [Candidate]?, words: Bool = false, body: (Ranking) throws -> Void
  ) throws {
    var isAtEnd = false
    while !isAtEnd {
      var lists: [[Candidate]] = []
      var count = 0
      while count < candidatesAtOnce {
        guard let list = try next() else {
          isAtEnd = true
          break
        }
        lists.append(list)
        count += list.count
      }
      for ranking in try rank(lists: lists, words: words) { try body(ranking) }
    }
  }

  /// Ranks lists that follow each other in one text: each after the best candidates of those before it.
  ///
  /// - Parameters: As ``rank(_:words:body:)``.
  /// - Throws: ``RankingError``, or what a closure throws.
  public func rankDocument(
    _ next: () throws -> [Candidate]?, words: Bool = false, body: (Ranking) throws -> Void
  ) throws {
    var history = scorer.beginning
    while let list = try next() {
      let scores = scorer.score(list.map(\.text), after: history, words: words)
      let ranking = try Ranking(
        list: list.first?.list ?? "", Array(zip(list, scores)), options: options)
      if let best = ranking.candidates.first {
        scorer.score(best.candidate.text, continuing: &history)
      }
      try body(ranking)
    }
  }

  private func rank(lists: [[Candidate]], words: Bool) throws(RankingError) -> [Ranking] {
    let scores = scorer.score(lists.flatMap { $0.map(\.text) }, words: words)
    var rankings: [Ranking] = []
    var start = 0
    for list in lists {
      let scored = Array(zip(list, scores[start..<start + list.count]))
      rankings.append(try Ranking(list: list.first?.list ?? "", scored, options: options))
      start += list.count
    }
    return rankings
  }
}
