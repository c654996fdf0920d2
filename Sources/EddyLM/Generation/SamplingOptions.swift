/// How tokens are drawn from a model's distribution.
///
/// In this order: repetition penalty, temperature, `topK`, `topP`, `minP`. Options are checked once,
/// when they are made.
public struct SamplingOptions: Sendable, Equatable {
  /// The limits of the options.
  public enum Limit {
    public static let temperature = 100.0
    public static let repetitionPenalty = 10.0
    public static let repetitionWindow = 4096
    public static let tokens = 10_000_000
    public static let samples = 1024
    public static let stopStrings = 16
    /// Bytes of UTF-8 of one stop string.
    public static let stopStringBytes = 256
  }

  /// 0 takes the most likely token; 1 draws as the model says; higher values are more varied.
  public let temperature: Double
  /// Only the `topK` most likely tokens; 0 for all.
  public let topK: Int
  /// Only the fewest most likely tokens that together reach this probability; 1 for all.
  public let topP: Double
  /// Only tokens that are at least this fraction as likely as the most likely one; 0 for all.
  public let minP: Double
  /// The log-probability of each recent token is multiplied by this: above 1 there is less
  /// repetition, at 1 the model is left alone.
  public let repetitionPenalty: Double
  /// How many tokens, those of the prompt included, are recent.
  public let repetitionWindow: Int
  /// The same seed, model, prompt and options give the same text on every processor.
  public let seed: UInt64
  /// The most tokens that are generated for a sample.
  public let maximumTokens: Int
  /// The text ends before the first of these; they are never part of it.
  public let stopStrings: [String]
  /// Whether the unknown word may be generated.
  public let allowsUnknown: Bool
  /// How many texts are generated. A sample is the same text however many there are.
  public let count: Int

  /// - Throws: ``SamplingOptionsError`` for the first option that is out of its range.
  public init(
    temperature: Double = 1, topK: Int = 0, topP: Double = 1, minP: Double = 0,
    repetitionPenalty: Double = 1, repetitionWindow: Int = 64, seed: UInt64 = 0,
    maximumTokens: Int = 100, stopStrings: [String] = [], allowsUnknown: Bool = false,
    count: Int = 1
  ) throws(SamplingOptionsError) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
    self.repetitionWindow = repetitionWindow
    self.seed = seed
    self.maximumTokens = maximumTokens
    self.stopStrings = stopStrings
    self.allowsUnknown = allowsUnknown
    self.count = count
    try checkNumbers()
    try checkStopStrings()
  }

  private func checkNumbers() throws(SamplingOptionsError) {
    func check(
      _ name: String, _ value: Double, _ isInRange: Bool, needed: String
    ) throws(SamplingOptionsError) {
      guard isInRange else {
        throw .outOfRange(option: name, found: "\(value)", needed: needed)
      }
    }
    func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(SamplingOptionsError)
    {
      guard range.contains(value) else {
        throw .outOfRange(
          option: name, found: "\(value)", needed: "\(range.lowerBound) to \(range.upperBound)")
      }
    }
    try check(
      "temperature", temperature, temperature >= 0 && temperature <= Limit.temperature,
      needed: "0 to \(Int(Limit.temperature))")
    try check("top-k", topK, 0...Int(Int32.max))
    try check("top-p", topP, topP > 0 && topP <= 1, needed: "above 0, at most 1")
    try check("min-p", minP, minP >= 0 && minP <= 1, needed: "0 to 1")
    try check(
      "repetition penalty", repetitionPenalty,
      repetitionPenalty > 0 && repetitionPenalty <= Limit.repetitionPenalty,
      needed: "above 0, at most \(Int(Limit.repetitionPenalty))")
    try check("repetition window", repetitionWindow, 0...Limit.repetitionWindow)
    try check("maximum of tokens", maximumTokens, 1...Limit.tokens)
    try check("number of samples", count, 1...Limit.samples)
  }

  private func checkStopStrings() throws(SamplingOptionsError) {
    guard stopStrings.count <= Limit.stopStrings else {
      throw .tooManyStopStrings(found: stopStrings.count)
    }
    for string in stopStrings {
      guard !string.isEmpty else { throw .emptyStopString }
      guard string.utf8.count <= Limit.stopStringBytes else {
        throw .stopStringTooLong(bytes: string.utf8.count)
      }
    }
  }
}

/// Why sampling options were refused.
public enum SamplingOptionsError: Error, Equatable {
  case outOfRange(option: String, found: String, needed: String)
  case tooManyStopStrings(found: Int)
  case emptyStopString
  case stopStringTooLong(bytes: Int)
}

extension SamplingOptionsError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .outOfRange(let option, let found, let needed):
      "The \(option) must be \(needed), not \(found)."
    case .tooManyStopStrings(let found):
      "There may be at most \(SamplingOptions.Limit.stopStrings) stop strings, not \(found)."
    case .emptyStopString: "A stop string must not be empty."
    case .stopStringTooLong(let bytes):
      "A stop string may have at most \(SamplingOptions.Limit.stopStringBytes) bytes, not \(bytes)."
    }
  }
}
