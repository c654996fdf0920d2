public import EddyFiles
import EddyNN

/// The candidates of one list, the best first.
public struct Ranking: Sendable, Equatable {
  /// The name of the list.
  public let list: String
  /// The candidates by falling score; of equal scores the earlier in the list first.
  public let candidates: [RankedCandidate]

  /// Ranks candidates that have a score.
  ///
  /// - Parameter scored: The candidates of one list with their sentence scores, in their order.
  /// - Throws: ``RankingError`` if a score with a weight is missing or a total is not finite. A total
  ///   of −∞ is legal: the model holds the text to be impossible.
  init(
    list: String, _ scored: [(Candidate, SentenceScore)], options: RankingOptions
  ) throws(RankingError) {
    self.list = list
    var totals: [Double] = []
    for (candidate, sentence) in scored { totals.append(try options.score(candidate, sentence)) }
    let order = totals.indices.sorted {
      totals[$0] == totals[$1] ? $0 < $1 : totals[$0] > totals[$1]
    }
    let best = order.first.map { totals[$0] } ?? 0
    let shares = order.map { Self.exponential(totals[$0], minus: best) }
    let sum = shares.reduce(0, +)
    candidates = order.indices.map { place in
      let index = order[place]
      let isLast = place + 1 == order.count
      return RankedCandidate(
        candidate: scored[index].0, sentence: scored[index].1, score: totals[index],
        marginToBest: Self.difference(best, totals[index]),
        marginToNext: isLast ? nil : Self.difference(totals[index], totals[order[place + 1]]),
        confidence: shares[place] / sum)
    }
  }

  private static func difference(_ a: Double, _ b: Double) -> Double { a == b ? 0 : a - b }

  private static func exponential(_ score: Double, minus best: Double) -> Double {
    PortableMath.exp(-difference(best, score))
  }

  /// The result for a program. Numbers that are not finite are null.
  public func json(logBase: LogBase = .natural) -> JSON {
    .object([
      "list": .string(list),
      "log_base": .string(logBase.rawValue),
      "candidates": .array(candidates.map { $0.json(logBase: logBase) }),
    ])
  }
}

/// A candidate with its place in a ranking.
public struct RankedCandidate: Sendable, Equatable {
  public let candidate: Candidate
  /// What the language model says.
  public let sentence: SentenceScore
  /// The weighted sum of all scores.
  public let score: Double
  /// How far the score lies below the best of the list.
  public let marginToBest: Double
  /// How far the score lies above the next; nil for the last.
  public let marginToNext: Double?
  /// The candidate's share of the list, 0 … 1: the softmax of the scores.
  public let confidence: Double

  /// The result for a program.
  public func json(logBase: LogBase = .natural) -> JSON {
    var object: [String: JSON] = [
      "id": .string(candidate.id),
      "text": .string(candidate.text),
      "score": .number(score),
      "margin_to_best": .number(marginToBest),
      "margin_to_next": .optional(marginToNext),
      "confidence": .number(confidence),
      "tokens": .integer(Int64(sentence.tokens)),
      "unknown_tokens": .integer(Int64(sentence.unknownTokens)),
      "log_probability": .number(logBase.value(ofNatural: sentence.logProbability)),
    ]
    if !candidate.scores.isEmpty {
      object["scores"] = .object(candidate.scores.mapValues { .number($0) })
    }
    if let words = sentence.words {
      object["words"] = .array(words.map { $0.json(logBase: logBase) })
    }
    return .object(object)
  }
}
