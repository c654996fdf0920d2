import EddyFiles
import EddyLM
import EddyNN
import Testing

struct RankingTests {
  let scorer = SentenceScorer(ToyModel.words)

  func rank(
    _ candidates: [Candidate], _ options: RankingOptions, words: Bool = false
  ) throws -> Ranking {
    try Ranker(scorer, options: options).rank(candidates, words: words)
  }

  @Test("lists of a document are ranked after the best candidates before them")
  func document() throws {
    let lists = [["you say hello", "you say"], ["and you", "hello hello"], ["goodbye", "you"]]
    var rest = lists.map { texts in
      texts.enumerated().map { Candidate(id: "\($0)", text: $1, scores: ["am": Double(-$0)]) }
    }[...]
    let options = try RankingOptions(languageModelWeight: 0.1, weights: ["am": 5])
    var found: [Ranking] = []
    try Ranker(scorer, options: options).rankDocument(
      { rest.popFirst() }, body: { found.append($0) })
    var history = scorer.beginning
    for (texts, ranking) in zip(lists, found) {
      // The first of each list is the best, by far.
      #expect(ranking.candidates.map(\.candidate.text) == texts)
      #expect(ranking.candidates.map(\.sentence) == scorer.score(texts, after: history))
      scorer.score(texts[0], continuing: &history)
    }
    #expect(found.count == 3)
  }

  @Test("the weighted sum, best first, with margins and confidence")
  func weightedSum() throws {
    let candidates = [
      Candidate(id: "a", text: "you say hello", scores: ["am": -2, "cost": 1]),
      Candidate(id: "b", text: "you say", scores: ["am": -1, "cost": 3]),
      Candidate(id: "c", text: "", scores: ["am": -30, "cost": 0]),
    ]
    let options = try RankingOptions(
      languageModelWeight: 0.5, weights: ["am": 2, "cost": -0.25], wordBonus: 1.5)
    let ranking = try rank(candidates, options)
    let scores = candidates.map {
      0.5 * scorer.score($0.text).logProbability + 2 * $0.scores["am", default: 0]
        - 0.25 * $0.scores["cost", default: 0] + 1.5 * Double($0.wordCount)
    }
    let sorted = scores.sorted(by: >)
    let total = sorted.reduce(0) { $0 + PortableMath.exp($1 - sorted[0]) }
    for (place, ranked) in ranking.candidates.enumerated() {
      #expect(abs(ranked.score - sorted[place]) < 1e-12)
      #expect(abs(ranked.marginToBest - (sorted[0] - sorted[place])) < 1e-12)
      #expect(abs(ranked.confidence - PortableMath.exp(sorted[place] - sorted[0]) / total) < 1e-12)
      if place + 1 < 3 {
        #expect(
          abs(try #require(ranked.marginToNext) - (sorted[place] - sorted[place + 1])) < 1e-12)
      }
    }
    #expect(ranking.candidates[2].marginToNext == nil)
    #expect(abs(ranking.candidates.reduce(0) { $0 + $1.confidence } - 1) < 1e-12)
  }

  @Test("equal scores stay in the order of the list")
  func ties() throws {
    let candidates = (0..<5).map { Candidate(id: "\($0)", text: "you say") }
    let ranking = try rank(candidates, RankingOptions())
    #expect(ranking.candidates.map(\.candidate.id) == ["0", "1", "2", "3", "4"])
    #expect(ranking.candidates.allSatisfy { $0.confidence == 0.2 && $0.marginToBest == 0 })
  }

  @Test("the joint log-probability unless a mean is asked for")
  func normalisation() throws {
    let candidates = [Candidate(id: "1", text: "you say hello and say you")]
    let sentence = scorer.score(candidates[0].text)
    #expect(try rank(candidates, RankingOptions()).candidates[0].score == sentence.logProbability)
    for normalisation in Normalisation.allCases {
      let ranking = try rank(candidates, RankingOptions(normalisation: normalisation))
      #expect(ranking.candidates[0].score == sentence.logProbability(normalisation))
    }
  }

  @Test("an impossible candidate comes last; a list of them shares the confidence")
  func impossible() throws {
    let model = ToyModel(.words) { context in
      (0..<ToyModel.words.codec.vocabulary.count).map { $0 == context.last.last ? 0 : 1 }
    }
    let ranker = Ranker(SentenceScorer(model), options: try RankingOptions())
    let ranking = try ranker.rank([
      Candidate(id: "1", text: "say say"), Candidate(id: "2", text: "say you"),
      Candidate(id: "3", text: "you you"),
    ])
    #expect(ranking.candidates.map(\.candidate.id) == ["2", "1", "3"])
    #expect(ranking.candidates.map(\.confidence) == [1, 0, 0])
    #expect(ranking.candidates.map(\.marginToNext) == [.infinity, 0, nil])
    let all = try ranker.rank([
      Candidate(id: "1", text: "say say"), Candidate(id: "2", text: "you you"),
    ])
    #expect(all.candidates.map(\.confidence) == [0.5, 0.5])
    let silent = try Ranker(
      SentenceScorer(model), options: RankingOptions(languageModelWeight: 0)
    ).rank([Candidate(id: "1", text: "say say")])
    #expect(silent.candidates[0].score == 0)
  }

  @Test("weights and scores that cannot be used are refused")
  func refused() throws {
    #expect(throws: RankingError.weightNotFinite(name: "am", weight: "inf")) {
      try RankingOptions(weights: ["am": .infinity])
    }
    #expect(throws: RankingError.weightNotFinite(name: "a word", weight: "nan")) {
      try RankingOptions(wordBonus: .nan)
    }
    let options = try RankingOptions(weights: ["am": 1])
    #expect(throws: RankingError.missingScore(name: "am", candidate: "1", line: 7)) {
      try rank([Candidate(id: "1", text: "you", line: 7)], options)
    }
    #expect(throws: RankingError.scoreNotFinite(name: "am", candidate: "1", line: nil)) {
      try rank([Candidate(id: "1", text: "you", scores: ["am": .nan])], options)
    }
    #expect(throws: RankingError.totalNotFinite(candidate: "1", line: nil)) {
      try rank(
        [Candidate(id: "1", text: "you", scores: ["am": 1e308])],
        RankingOptions(weights: ["am": 1e10]))
    }
    #expect(
      RankingError.missingScore(name: "am", candidate: "1", line: 7).description
        == "Line 7: The candidate '1' has no score 'am', which has a weight.")
  }

  @Test("lists scored together rank as each alone", arguments: [1, 7, 1024])
  func stream(atOnce: Int) throws {
    let lists = (0..<12).map { list in
      (0..<(list % 5 + 1)).map {
        Candidate(
          list: "\(list)", id: "\($0)",
          text: SentenceScorerTests.sentences[(list * 3 + $0) % 8])
      }
    }
    var rest = lists[...]
    var rankings: [Ranking] = []
    let ranker = Ranker(scorer, options: try RankingOptions(), candidatesAtOnce: atOnce)
    try ranker.rank({ rest.popFirst() }, words: true, body: { rankings.append($0) })
    #expect(rankings.map(\.list) == lists.map { $0[0].list })
    for (ranking, list) in zip(rankings, lists) {
      #expect(ranking == (try rank(list, RankingOptions(), words: true)))
    }
  }

  @Test("the result as JSON")
  func json() throws {
    let ranking = try rank(
      [Candidate(list: "u", id: "1", text: "you zebra", scores: ["am": 2])], RankingOptions(),
      words: true)
    let candidate = try #require(ranking.json()["candidates"]?.array?.first)
    #expect(ranking.json()["list"] == .string("u"))
    #expect(candidate["id"] == .string("1"))
    #expect(candidate["confidence"] == .number(1))
    #expect(candidate["margin_to_next"] == .null)
    #expect(candidate["unknown_tokens"] == .integer(1))
    #expect(candidate["scores"] == .object(["am": .number(2)]))
    #expect(candidate["words"]?.array?.count == 3)
  }
}
