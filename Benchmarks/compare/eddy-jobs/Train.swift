public import ArgumentParser
import EddyFiles
public import EddyLM
import EddyNN

/// Updates of plain stochastic gradient descent; each gives its loss.
struct Train: ParsableCommand {
  @OptionGroup var folder: JobFolder
  @OptionGroup var measurement: MeasurementArguments
  @OptionGroup var variant: VariantArguments

  @Option var cell: ModelKind
  @Option var hidden: Int
  @Option(help: "The words that the token ids belong to.")
  var vocabulary: Int
  @Option(help: "Streams side by side.")
  var batch: Int
  @Option(help: "Time steps of one update.")
  var window: Int
  @Option(help: "The file of token ids.")
  var tokens: String
  @Option(help: "The learning rate.")
  var rate: Float
  @Option(help: "All weights start uniform in ± this.")
  var range: Float

  func run() throws {
    guard let network = cell.network else { throw ValidationError("--cell needs a network.") }
    try train(network)
  }

  private func train<Network: LanguageNetwork>(_: Network.Type) throws {
    var options = TrainingOptions()
    options.model = cell
    options.sizes = NetworkSizes(embedding: hidden, hidden: hidden, layers: 2)
    options.batchSize = batch
    options.windowLength = window
    options.optimiser = .sgd
    options.learningRate = rate
    options.schedule = .constant
    options.clip = 0.25
    options.initialRange = range
    try variant.apply(to: &options)
    var trainer = Trainer(
      state: TrainerState(
        network: Network(
          vocabularySize: vocabulary, sizes: options.sizes, range: options.initialRange, seed: 0),
        options: options),
      tokens: try folder.tokens(tokens), options: options, team: measurement.team)
    let update = { JSON.number(try trainer.update().loss) }
    try measurement.run(warmingUp: update, step: update)
  }
}

extension ModelKind: ExpressibleByArgument {}
