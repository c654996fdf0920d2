public import EddyFiles
public import EddyNN

/// Looks for a learning rate: a short training in which the rate grows with every update, until the loss does, too.
///
/// Source: Smith, «Cyclical learning rates for training neural networks», WACV 2017, section 3.3.
public struct RateFinder {
  /// The loss at one rate.
  public struct Point: Sendable, Equatable {
    public let rate: Float
    /// Smoothed over the updates before, in nats per token.
    public let loss: Double
  }

  /// The updates of a test that comes to its end.
  public static let updates = 200
  /// The rates are from a thousandth of the one that was asked for to a hundred times as much.
  private static let range = (from: 1e-3, to: 100.0)

  /// In the order of the rates; fewer than ``updates`` if the loss grew before.
  public let points: [Point]

  /// A test on copies: nothing of it stays.
  ///
  /// - Parameters:
  ///   - options: The learning rate among them tells around which rates are tried.
  ///   - shouldStop: Asked before each update.
  /// - Throws: ``TrainingError`` if the text is too short or an option out of its range.
  /// - Complexity: O(``updates`` · an update)
  public init(
    texts: TrainingTexts, options: TrainingOptions, team: ThreadTeam,
    shouldStop: () -> Bool = { false }
  ) throws(TrainingError) {
    try options.check(
      tokens: texts.training.count, vocabulary: texts.codec.vocabulary.count)
    points = Self.test(
      options.network, texts: texts, options: options, team: team, shouldStop: shouldStop)
  }

  private static func test<Network: LanguageNetwork>(
    _: Network.Type, texts: TrainingTexts, options: TrainingOptions, team: ThreadTeam,
    shouldStop: () -> Bool
  ) -> [Point] {
    var options = options
    options.schedule = .constant
    options.warmUp = 0
    options.maximumUpdates = nil
    options.pace = Pace()
    let factor = PortableMath.exp(
      PortableMath.log(range.to / range.from) / Double(updates - 1))
    var rate = Double(options.learningRate) * range.from
    let network = Network(vocabulary: texts.codec.vocabulary, options: options)
    var trainer = Trainer(
      state: TrainerState(network: network, options: options), tokens: texts.training,
      options: options, team: team)
    var points: [Point] = []
    var (mean, weight) = (0.0, 0.0)
    for _ in 0..<updates where !shouldStop() {
      trainer.changeRate(to: Float(rate))
      guard let loss = try? trainer.update().loss else { break }
      (mean, weight) = (0.9 * mean + 0.1 * loss, 0.9 * weight + 0.1)
      points.append(Point(rate: Float(rate), loss: mean / weight))
      let least = points.reduce(Double.infinity) { min($0, $1.loss) }
      // Far worse than it was already.
      if mean / weight > least + 1 { break }
      rate *= factor
    }
    return points
  }

  /// Half of the rate at which the loss was least: there it had begun to grow again. nil if it never fell.
  public var suggestion: Float? {
    guard let least = points.min(by: { $0.loss < $1.loss }), let first = points.first,
      least.loss < first.loss
    else { return nil }
    return least.rate / 2
  }
}

extension RateFinder {
  /// For a person: some rates with their losses, as bars.
  public var table: String {
    guard let worst = points.map(\.loss).max(), let best = points.map(\.loss).min() else {
      return "the training diverged at once"
    }
    let shown = stride(from: 0, to: points.count, by: 8).map { points[$0] }
    let rows = shown.map { point in
      let share = worst > best ? (point.loss - best) / (worst - best) : 0
      return "\(point.rate.scientific)  \(point.loss.fixed(3))  "
        + String(repeating: "█", count: 1 + Int(40 * share))
    }
    let advice =
      suggestion.map { "suggested: --rate \($0.scientific)" } ?? "no rate made the loss fall"
    return "rate      loss in nats per token\n" + (rows + [advice]).joined(separator: "\n")
  }

  /// For a program.
  public var json: JSON {
    .object([
      "points": .array(
        points.map { .object(["rate": .float($0.rate), "loss": .number($0.loss)]) }),
      "suggestion": suggestion.map { .float($0) } ?? .null,
    ])
  }
}

extension Float {
  /// Two digits and a power of ten, as `--rate` takes it.
  fileprivate var scientific: String {
    guard isFinite, self > 0 else { return "\(self)" }
    var (digits, power) = (Double(self), 0)
    while digits >= 9.95 { (digits, power) = (digits / 10, power + 1) }
    while digits < 0.995 { (digits, power) = (digits * 10, power - 1) }
    return "\(digits.fixed(1))e\(power)"
  }
}
