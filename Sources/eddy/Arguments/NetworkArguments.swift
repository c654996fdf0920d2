import ArgumentParser
import EddyLM

/// What kind of model is trained, and of which size.
struct NetworkArguments: ParsableArguments {
  @Option(
    help: """
      rnn, lstm or gru: recurrent networks. window, concat: networks that read the last few words, averaged \
      or side by side. cbow: the words on both sides, for word vectors. kneser-ney: counts of n-grams. Default: lstm.
      """)
  var model: ModelKind?

  @Option(
    help: "With --model kneser-ney: how many words the longest n-grams have, 2 to 5. Default: 5.")
  var order: Int?

  @Option(
    help: "With --model window, concat or cbow: how many words are read (on each side). Default: 5."
  )
  var context: Int?

  @Option(help: "Hidden units of each layer. Default: chosen for the text.")
  var hidden: Int?

  @Option(help: "Numbers in a word vector. Default: chosen for the text and the hidden units.")
  var embedding: Int?

  @Flag(
    inversion: .prefixedNo,
    help: """
      Recurrent networks: the word vectors are the weights of the last layer, too. Default: where there are 1,000 words \
      or more. Where they have another size than the hidden units, given or chosen for the text, a projection lies \
      between.
      """)
  var tied: Bool?

  @Option(help: "Recurrent layers. Default: 1.")
  var layers: Int?

  @Option(help: "All weights start uniform in ± this.")
  var initialRange: Float?

  func validate() throws {
    try require("--hidden", hidden, in: NetworkSizes.layerSizes)
    try require("--embedding", embedding, in: NetworkSizes.layerSizes)
    try require("--layers", layers, in: NetworkSizes.layerCounts)
    try require("--context", context, in: NetworkSizes.contexts)
    try require("--order", order, in: KneserNeyRun.orders)
    try requirePositive("--initial-range", initialRange)
  }

  func apply(to options: inout TrainingOptions) {
    let model = options.model
    if let hidden { options.sizes.hidden = hidden }
    if let embedding {
      options.sizes.embedding = embedding
      if model.averagesContext { options.sizes.hidden = embedding }
    }
    if let layers { options.sizes.layers = layers }
    if let tied { options.sizes.isTied = tied }
    if let context { options.sizes.context = context }
    if let initialRange { options.initialRange = initialRange }
  }
}
