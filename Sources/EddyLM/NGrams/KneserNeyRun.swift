import EddyFiles
public import EddyNN
public import SystemPackage

/// Estimates a Kneser–Ney model into a run folder.
///
/// It takes seconds, so there are no checkpoints: whoever interrupts it begins again.
public struct KneserNeyRun: Sendable {
  public let texts: TrainingTexts
  /// How many words the longest n-grams have.
  public let order: Int
  private let folder: RunFolder
  private let team: ThreadTeam

  /// The orders that can be estimated.
  public static var orders: ClosedRange<Int> { NGramTable.orders }

  /// - Parameter texts: The tokens to learn from and to validate on, prepared in the folder's staging.
  /// - Precondition: `order` is in ``orders``.
  public init(texts: TrainingTexts, order: Int, folder: RunFolder, team: ThreadTeam) {
    precondition(
      Self.orders.contains(order),
      "An order of \(Self.orders.lowerBound) to \(Self.orders.upperBound) is needed, found \(order)."
    )
    self.texts = texts
    self.order = order
    self.folder = folder
    self.team = team
  }

  /// The file of the model.
  public var modelPath: FilePath { folder.model }

  /// What came out.
  public struct Summary: Sendable {
    public let validation: Evaluation
    /// How many n-grams there are of each length, from 1.
    public let counts: [Int]
    /// What was taken off the counts of each length, from 1.
    public let discounts: [KneserNeyEstimator.Discounts]
  }

  /// Counts, smooths, validates, and writes the model.
  ///
  /// - Throws: `FileError`, ``TrainingError/tooLarge(bytes:available:)``
  /// - Complexity: O(n log n) for n tokens; memory grows with the different n-grams
  public func run() throws -> Summary {
    try folder.begin()
    let codec = texts.codec
    let estimator = try KneserNeyEstimator(
      texts.training, order: order, vocabularySize: codec.vocabulary.count,
      endOfSentence: codec.vocabulary.endOfSentence)
    let model = NGramModel(codec: codec, table: estimator.table)
    let validation = try Evaluator(model, team: team).evaluate(
      texts.validation, size: texts.validation.statistics.size)
    let summary = Summary(
      validation: validation, counts: model.counts, discounts: estimator.discounts)
    try ModelFile.write(
      model,
      training: .object([
        "options": .object([
          "model": .string(ModelKind.kneserNey.rawValue), "order": .integer(Int64(order)),
        ]),
        "discounts": .array(summary.discounts.map(\.json)),
        "validation_perplexity": .number(validation.perplexity),
        "validation_tokens": .integer(Int64(validation.tokens)),
      ]), to: folder.model)
    return summary
  }
}
