/// How a candidate's score is made:
/// `languageModelWeight · log P + Σ weight · other score + wordBonus · words`.
///
/// log P is natural, divided as ``normalisation`` says. Other scores are added as they are: a cost
/// needs a negative weight.
public struct RankingOptions: Sendable, Equatable {
  public let languageModelWeight: Double
  /// The weight of each other score, by name. A score without a weight does not count.
  public let weights: [String: Double]
  /// Added for each word between white space.
  public let wordBonus: Double
  public let normalisation: Normalisation

  /// - Throws: ``RankingError`` if a weight is not finite.
  public init(
    languageModelWeight: Double = 1, weights: [String: Double] = [:], wordBonus: Double = 0,
    normalisation: Normalisation = .none
  ) throws(RankingError) {
    let named = [("the language model", languageModelWeight), ("a word", wordBonus)]
    for (name, weight) in named + weights.sorted(by: { $0.key < $1.key })
    where !weight.isFinite {
      throw .weightNotFinite(name: name, weight: "\(weight)")
    }
    self.languageModelWeight = languageModelWeight
    self.weights = weights
    self.wordBonus = wordBonus
    self.normalisation = normalisation
  }

  /// The score of a candidate. Every product is rounded before it is added, the weights in the order
  /// of their names, so the same numbers give the same score everywhere.
  func score(_ candidate: Candidate, _ sentence: SentenceScore) throws(RankingError) -> Double {
    // A weight of 0 silences the model even where it says −∞.
    var score =
      languageModelWeight == 0
      ? 0 : languageModelWeight * sentence.logProbability(normalisation)
    for (name, weight) in weights.sorted(by: { $0.key < $1.key }) {
      guard let value = candidate.scores[name] else {
        throw .missingScore(name: name, candidate: candidate.id, line: candidate.line)
      }
      guard value.isFinite else {
        throw .scoreNotFinite(name: name, candidate: candidate.id, line: candidate.line)
      }
      score += weight * value
    }
    score += wordBonus * Double(candidate.wordCount)
    guard score < .infinity else {
      throw .totalNotFinite(candidate: candidate.id, line: candidate.line)
    }
    return score
  }
}

/// Why candidates could not be ranked.
public enum RankingError: Error, Equatable {
  case weightNotFinite(name: String, weight: String)
  case missingScore(name: String, candidate: String, line: Int?)
  case scoreNotFinite(name: String, candidate: String, line: Int?)
  case totalNotFinite(candidate: String, line: Int?)
}

extension RankingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .weightNotFinite(let name, let weight):
      "The weight of \(name) must be a finite number, not \(weight)."
    case .missingScore(let name, let candidate, let line):
      "\(Self.place(line))The candidate '\(candidate)' has no score '\(name)', which has a weight."
    case .scoreNotFinite(let name, let candidate, let line):
      "\(Self.place(line))The score '\(name)' of the candidate '\(candidate)' is not a finite number."
    case .totalNotFinite(let candidate, let line):
      "\(Self.place(line))The total score of the candidate '\(candidate)' is not a finite number: "
        + "are the weights or scores too large?"
    }
  }

  private static func place(_ line: Int?) -> String { line.map { "Line \($0): " } ?? "" }
}
