/// Keeps the lines whose perplexity per token is on the wanted side of a threshold.
///
/// Low perplexity: text like the training text. High perplexity: the unusual, the broken, the foreign.
public struct PerplexityFilter: Sendable, Equatable {
  /// Lines of this perplexity or more are dropped.
  public let below: Double?
  /// Lines of this perplexity or less are dropped.
  public let above: Double?

  /// - Throws: ``PerplexityFilterError`` if there is no threshold, if one is no positive number, or if
  ///   no line could pass both.
  public init(below: Double? = nil, above: Double? = nil) throws(PerplexityFilterError) {
    for threshold in [below, above] {
      if let threshold, !(threshold > 0 && threshold.isFinite) {
        throw .notPositive(threshold)
      }
    }
    switch (below, above) {
    case (nil, nil): throw .noThreshold
    case (let below?, let above?) where below <= above:
      throw .nothingPasses(below: below, above: above)
    default: break
    }
    self.below = below
    self.above = above
  }

  /// Whether a sentence of this score is kept. A perplexity that is no number never is.
  public func keeps(_ score: SentenceScore) -> Bool {
    let perplexity = score.perplexity
    guard !perplexity.isNaN else { return false }
    return below.map { perplexity < $0 } ?? true && above.map { perplexity > $0 } ?? true
  }

  /// Filters a stream of lines, in its order.
  ///
  /// - Parameters:
  ///   - next: The next line, nil at the end.
  ///   - body: Takes each kept line, as it came, with its score.
  /// - Returns: How many lines were read and kept.
  public func filter<Model>(
    _ next: () throws -> String?, with scorer: SentenceScorer<Model>,
    body: (String, SentenceScore) throws -> Void
  ) rethrows -> (read: Int, kept: Int) {
    var (read, kept) = (0, 0)
    func take(_ line: String, _ score: SentenceScore) throws {
      read += 1
      guard keeps(score) else { return }
      kept += 1
      try body(line, score)
    }
    try scorer.score(next, text: { $0 }, body: take)
    return (read, kept)
  }
}

/// Why a filter could not be made.
public enum PerplexityFilterError: Error, Equatable {
  case noThreshold
  case notPositive(Double)
  case nothingPasses(below: Double, above: Double)
}

extension PerplexityFilterError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noThreshold: "A filter needs a perplexity to keep lines below or above."
    case .notPositive(let threshold):
      "A perplexity threshold must be a finite number above 0, not \(threshold)."
    case .nothingPasses(let below, let above):
      "No line has a perplexity both below \(below) and above \(above)."
    }
  }
}
