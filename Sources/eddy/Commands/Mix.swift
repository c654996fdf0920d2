import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN
import SystemPackage

struct Mix: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Mix models: find the weights with which they predict a text best together.",
    discussion: """
      The models must share their vocabulary: train them on the same text with the same text options. The file that \
      is written stands for a model in evaluate, score, rank, filter, suggest and generate; it names the models, which \
      must stay where they are.
      """)

  @Argument(help: "Model files or run folders, two or more.")
  var models: [String]

  @Option(help: "A text that no model has learned from, such as that for validation.")
  var tune: String

  @Option(help: "The new file.")
  var output: String

  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func validate() throws {
    guard models.count >= 2 else { throw ValidationError("A mixture needs two models or more.") }
  }

  func run() throws {
    Interrupt.endAtOnce()
    try MixtureFile.requireNew(FilePath(output))
    let team = threads.team
    let paths = models.map { FilePath($0) }
    let models = try MixtureFile.read(paths, team: team)
    let result = try TemporaryFolder.with { folder in
      let corpus = try Corpus.tokenise(
        [FilePath(tune)], codec: models[0].codec, to: folder.appending("tokens"))
      return try MixtureTuner(team: team).tune(models, on: corpus)
    }
    try MixtureFile.write(
      zip(paths, result.weights).map { (path: $0, weight: $1) }, to: FilePath(output))
    report(result)
  }

  private func report(_ result: MixtureTuner.Result) {
    if out.json {
      let list = models.indices.map { index in
        JSON.object([
          "model": .string(models[index]), "weight": .number(result.weights[index]),
          "perplexity": .number(result.perplexities[index]),
        ])
      }
      return Console.print(
        JSON.object([
          "mixture": .string(output), "models": .array(list),
          "perplexity": .number(result.perplexity),
        ]).serialized)
    }
    for (index, model) in models.enumerated() {
      Console.print(
        "\(result.weights[index].fixed(4))  \(model), alone "
          + "\(result.perplexities[index].fixed(2)) per token")
    }
    Console.print("Mixture: \(output)")
    Console.print("Perplexity of the text: \(result.perplexity.fixed(2)) per token")
  }
}
