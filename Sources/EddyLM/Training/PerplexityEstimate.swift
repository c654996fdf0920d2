public import EddyFiles
public import EddyNN

/// The validation perplexity that a recurrent network can be expected to reach, before it is trained.
///
/// N-grams of the same text say how hard the text is, in seconds; how far a network comes below them depends on how much it reads.
/// The numbers were fitted to trainings on texts of several kinds and sizes: `docs/results/estimates.md`.
public struct PerplexityEstimate: Sendable, Equatable {
  /// What to expect, and between what two of three trainings end.
  public let perplexity: Double
  public let range: ClosedRange<Double>
  /// That of interpolated Kneser–Ney 5-grams.
  public let nGrams: Double

  /// The tokens that n-grams are counted of, at most: more change little, and take long.
  private static let countedTokens = 2_000_000

  /// - Parameter tokensRead: How many tokens the training reads, those that it reads again counted again.
  /// - Throws: What reading the texts throws, ``TrainingError/tooLarge(bytes:available:)``.
  /// - Complexity: O(n log n) for the first two million tokens of the text, and one pass over the validation text.
  public init(texts: TrainingTexts, tokensRead: Int, team: ThreadTeam) throws {
    let codec = texts.codec
    let counted = try texts.training.read(0..<min(texts.training.count, Self.countedTokens))
    let estimator = try KneserNeyEstimator(
      counted, order: KneserNeyRun.orders.upperBound, vocabularySize: codec.vocabulary.count,
      endOfSentence: codec.vocabulary.endOfSentence)
    let evaluation = try Evaluator(
      NGramModel(codec: codec, table: estimator.table), team: team
    ).evaluate(texts.validation, size: texts.validation.statistics.size)
    self.init(nGramLoss: evaluation.lossPerToken, tokensRead: tokensRead)
  }

  /// - Parameter nGramLoss: In nats per token.
  package init(nGramLoss: Double, tokensRead: Int) {
    nGrams = PortableMath.exp(nGramLoss)
    let millions = Double(max(tokensRead, 1)) / 1e6
    let loss = nGramLoss * (Self.share + Self.sharePerLogTokens * PortableMath.log(millions))
    perplexity = PortableMath.exp(loss)
    range = PortableMath.exp(loss - Self.deviation)...PortableMath.exp(loss + Self.deviation)
  }

  /// The loss of a network as a share of that of n-grams, after a million tokens, and how much that changes with the logarithm of
  /// what was read.
  private static let share = 0.9645
  private static let sharePerLogTokens = -0.03
  /// The standard deviation of the error in nats, of texts that nothing was fitted to.
  private static let deviation = 0.2
}

extension PerplexityEstimate {
  /// For a person.
  public var sentence: String {
    "Expect: validation perplexity about \(perplexity.fixed(0)), mostly between \(range.lowerBound.fixed(0)) and "
      + "\(range.upperBound.fixed(0)); n-grams of 5 words have \(nGrams.fixed(0))"
  }

  /// For a program.
  public var json: JSON {
    .object([
      "perplexity": .number(perplexity), "perplexity_low": .number(range.lowerBound),
      "perplexity_high": .number(range.upperBound), "ngram_perplexity": .number(nGrams),
    ])
  }
}
