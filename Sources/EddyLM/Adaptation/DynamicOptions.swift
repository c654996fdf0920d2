/// How quickly a model learns from what it reads, and forgets it again.
public struct DynamicOptions: Sendable, Equatable {
  /// `η`: how large a step is, of a weight whose gradient is what it mostly was on the training text.
  public var rate: Float
  /// `λ`: the share of what was learned that is forgotten with each step, for a weight whose gradient is about as large as the mean.
  public var decay: Float
  /// `T`: the words between two steps.
  public var windowLength: Int

  public init(rate: Float = 1e-4, decay: Float = 0.002, windowLength: Int = 20) {
    self.rate = rate
    self.decay = decay
    self.windowLength = windowLength
  }

  /// What a file may say.
  public static let rates: ClosedRange<Float> = 1e-9...1
  public static let decays: ClosedRange<Float> = 0...1
  public static let windowLengths = 1...1000
}
