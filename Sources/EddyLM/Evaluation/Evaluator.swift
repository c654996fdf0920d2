public import EddyNN

/// Reads a text once and sums what the model says about every token of it.
public struct Evaluator<Model: LanguageModel>: Sendable {
  private let model: Model
  private let team: ThreadTeam
  private let windowLength: Int

  /// - Parameters:
  ///   - windowLength: Time steps that the model runs at once. It bounds the memory; the result is the
  ///     same for every length.
  /// - Precondition: `windowLength` is 1 or more.
  public init(_ model: Model, team: ThreadTeam = .serial, windowLength: Int = 256) {
    precondition(
      windowLength >= 1, "An evaluation needs windows of 1 or more, not \(windowLength)."
    )
    self.model = model
    self.team = team
    self.windowLength = windowLength
  }

  /// Evaluates a text from the initial state after one end of sentence, the state carried through.
  ///
  /// - Parameters:
  ///   - tokenCount: The number of tokens in the text.
  ///   - size: The text's characters and bytes, from the statistics of its corpus.
  ///   - tokens: The token ids of a range of positions; asked for in ascending order, each once.
  ///   - observe: Told after each window what the model said. It may throw to stop.
  /// - Throws: ``EvaluationError``, or what a closure throws.
  public func evaluate(
    tokenCount: Int, size: TextSize, tokens: (Range<Int>) throws -> [Int],
    observe: (EvaluatedTokens) throws -> Void = { _ in }
  ) throws -> Evaluation {
    guard tokenCount > 0 else { throw EvaluationError.noTokens }
    let vocabulary = model.codec.vocabulary
    var state = model.initialState(batchSize: 1)
    var previous = vocabulary.endOfSentence
    var (logProbability, knownLogProbability, unknownTokens) = (0.0, 0.0, 0)
    var team = FasterTeam(team)
    for start in stride(from: 0, to: tokenCount, by: windowLength) {
      let range = start..<min(start + windowLength, tokenCount)
      let targets = try tokens(range)
      try check(targets, range: range, vocabularySize: vocabulary.count)
      let inputs = [previous] + targets.dropLast()
      let values = team.run { team in
        model.logProbabilities(of: targets, after: inputs, state: &state, team: team)
      }
      for (target, value) in zip(targets, values) {
        logProbability += Double(value)
        if target == vocabulary.unknown {
          unknownTokens += 1
        } else {
          knownLogProbability += Double(value)
        }
        previous = target
      }
      try observe(EvaluatedTokens(range: range, tokens: targets, logProbabilities: values))
    }
    return Evaluation(
      tokens: tokenCount, vocabularySize: vocabulary.count, unknownTokens: unknownTokens,
      logProbability: logProbability, knownLogProbability: knownLogProbability, size: size)
  }

  /// Evaluates the tokens of a source; see ``evaluate(tokenCount:size:tokens:observe:)``.
  public func evaluate(
    _ source: some TokenSource, size: TextSize,
    observe: (EvaluatedTokens) throws -> Void = { _ in }
  ) throws -> Evaluation {
    try evaluate(
      tokenCount: source.count, size: size, tokens: source.read, observe: observe)
  }

  private func check(_ tokens: [Int], range: Range<Int>, vocabularySize: Int) throws {
    guard tokens.count == range.count else {
      throw EvaluationError.textEnded(position: range.lowerBound + tokens.count)
    }
    if let index = tokens.firstIndex(where: { $0 < 0 || $0 >= vocabularySize }) {
      throw EvaluationError.tokenOutOfRange(
        token: tokens[index], position: range.lowerBound + index, vocabularySize: vocabularySize)
    }
  }
}

/// What a model said about some tokens of a text.
public struct EvaluatedTokens: Sendable {
  /// Which tokens of the text they are.
  public let range: Range<Int>
  public let tokens: [Int]
  /// The natural log-probability of each.
  public let logProbabilities: [Float]
}

/// Why a text could not be evaluated.
public enum EvaluationError: Error, Equatable {
  case noTokens
  /// The source of tokens gave fewer than it promised.
  case textEnded(position: Int)
  case tokenOutOfRange(token: Int, position: Int, vocabularySize: Int)
}

extension EvaluationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noTokens: "The text holds no tokens; an evaluation needs at least one."
    case .textEnded(let position):
      "The text ended at token \(position), before its stated length: did the file change?"
    case .tokenOutOfRange(let token, let position, let vocabularySize):
      "Token \(position) of the text has the id \(token); "
        + "the model's vocabulary needs 0 to \(vocabularySize - 1)."
    }
  }
}
