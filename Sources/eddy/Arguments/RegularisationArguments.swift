import ArgumentParser
import EddyLM

/// What keeps a model from learning its text by heart.
struct RegularisationArguments: ParsableArguments {
  @Option(
    help: """
      The share of the numbers between layers that are set to zero at random while training, 0 to less than 1. \
      Default: chosen for the size of text and network and the number of epochs; 0 for models that read the last few words.
      """)
  var dropout: Float?

  @Flag(
    inversion: .prefixedNo, help: "With --dropout: the same numbers at all steps of a window.")
  var variational: Bool?

  @Option(help: "The share of the words that are left out of a window, wherever they stand in it.")
  var embeddingDropout: Float?

  @Option(
    help: "Recurrent networks: the share of the recurrent weights that are set to zero in a window."
  )
  var recurrentDropout: Float?

  @Option(
    help: """
      The share of each word's probability that is given to all words alike in training; needs the whole softmax \
      gradient.
      """)
  var labelSmoothing: Float?

  func validate() throws {
    for (name, share) in [
      ("--dropout", dropout), ("--embedding-dropout", embeddingDropout),
      ("--recurrent-dropout", recurrentDropout), ("--label-smoothing", labelSmoothing),
    ] {
      if let share, !(share >= 0 && share < 1) {
        throw ValidationError("\(name) must be 0 or more and less than 1, not \(share).")
      }
    }
    guard variational != true || dropout != 0 else {
      throw ValidationError("--variational needs --dropout.")
    }
  }

  func apply(to options: inout TrainingOptions) {
    if let dropout { options.dropout = dropout }
    if let variational { options.hasVariationalDropout = variational }
    if let embeddingDropout { options.embeddingDropout = embeddingDropout }
    if let recurrentDropout { options.recurrentDropout = recurrentDropout }
    if let labelSmoothing { options.labelSmoothing = labelSmoothing }
    if options.labelSmoothing > 0 { options.gradientThinning = 0 }
  }
}
