import ArgumentParser
import EddyLM

/// New text that a model is trained on.
struct ContinuationArguments: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: """
      Go on with other text: the best model, its tokenizer and its options, and an optimiser that \
      remembers nothing. What comes out is never worse on the new validation text than the model was.
      """)
  var continueOn: [String] = []

  @Option(help: "With --continue-on: a new run folder. Default: RUN itself goes on.")
  var output: String?

  @Option(help: "With --continue-on: text to validate on. Default: the last 5 % of the new text.")
  var valid: [String] = []

  @Flag(help: "With --continue-on: words that the model does not know come into its vocabulary.")
  var growVocabulary = false

  @Option(help: "With --grow-vocabulary: how often a new word must occur. Default: 1.")
  var minimumCount: Int?

  @Option(
    help: "With --continue-on: how often the new text is read. Default: as often as the first.")
  var epochs: Int?

  @Option(help: "With --continue-on: the full learning rate. Default: that of the first training.")
  var rate: Float?

  func validate() throws {
    if continueOn.isEmpty {
      let others: [(String, Bool)] = [
        ("--output", output != nil), ("--valid", !valid.isEmpty),
        ("--grow-vocabulary", growVocabulary), ("--epochs", epochs != nil), ("--rate", rate != nil),
      ]
      for (name, isGiven) in others where isGiven {
        throw ValidationError("\(name) needs --continue-on.")
      }
    }
    guard minimumCount == nil || growVocabulary else {
      throw ValidationError("--minimum-count needs --grow-vocabulary.")
    }
    if let minimumCount, minimumCount < 1 {
      throw ValidationError("--minimum-count must be 1 or more, not \(minimumCount).")
    }
    try require("--epochs", epochs, in: LengthArguments.counts)
    try requirePositive("--rate", rate)
  }

  func vocabulary(of codec: TextCodec) -> VocabularySource {
    growVocabulary ? .grownModel(codec, minimumCount: minimumCount ?? 1) : .model(codec)
  }

  func options(after first: TrainingOptions, tokens: Int) -> TrainingOptions {
    var options = first.fitted(tokens: tokens)
    // They counted the updates of the other text.
    options.pace = Pace()
    options.validateEvery = nil
    if let epochs {
      options.epochs = epochs
      options.maximumUpdates = nil
    }
    if let rate { options.learningRate = rate }
    return options
  }
}
