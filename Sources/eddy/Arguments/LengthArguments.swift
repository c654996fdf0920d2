import ArgumentParser
import EddyLM

/// How the text is cut, how long the training is, and when it is validated.
struct LengthArguments: ParsableArguments {
  @Option(help: "Streams of text that are read side by side. Default: chosen for the text.")
  var batch: Int?

  @Option(
    help:
      "Time steps after which back-propagation is cut. Default: 35; 64 for up to 1,000 different tokens, as characters."
  )
  var window: Int?

  @Flag(
    inversion: .prefixedNo,
    help: "Windows differ in length, so that the text is not cut at the same places in each epoch.")
  var randomWindows: Bool?

  @Option(
    help: """
      Ends after so many minutes, all in all, with the schedule of the learning rate at its end. Sizes and batch are \
      chosen for the time, from measured speed; the model's record holds what was chosen.
      """)
  var minutes: Double?

  @Option(help: "How often the text is read. Default: chosen for the text.")
  var epochs: Int?

  @Option(help: "Ends after so many updates.")
  var updates: Int?

  @Option(
    help:
      "Validates every so many updates. Default: after each epoch; with --minutes, at most ten times."
  )
  var validateEvery: Int?

  @Option(
    help: """
      Stops after so many validations in a row without a better one; 0 for never. Default: 3 for models that read the \
      last few words, 0 for recurrent networks and with --minutes: their schedule is to come to its end.
      """)
  var patience: Int?

  static let counts = 1...1_000_000_000

  func validate() throws {
    try require("--batch", batch, in: Self.counts)
    try require("--window", window, in: Self.counts)
    try require("--epochs", epochs, in: Self.counts)
    try require("--updates", updates, in: Self.counts)
    try require("--validate-every", validateEvery, in: Self.counts)
    try require("--patience", patience, in: 0...Self.counts.upperBound)
    if let minutes, !(minutes >= 0.1 && minutes <= 1e6) {
      throw ValidationError("--minutes must be 0.1 to 1000000, not \(minutes).")
    }
    guard minutes == nil || epochs == nil && updates == nil else {
      throw ValidationError("--minutes says how long: no --epochs or --updates beside it.")
    }
  }

  func apply(to options: inout TrainingOptions) {
    if let batch { options.batchSize = batch }
    if let window { options.windowLength = window }
    if let randomWindows { options.hasRandomWindows = randomWindows }
    if epochs != nil || updates != nil { options.pace = Pace() }
    if let epochs {
      options.epochs = epochs
      options.maximumUpdates = nil
    }
    if let updates { options.maximumUpdates = updates }
    if let validateEvery { options.validateEvery = validateEvery }
    if let patience { options.patience = patience == 0 ? nil : patience }
  }
}
