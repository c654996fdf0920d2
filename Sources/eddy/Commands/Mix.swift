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

      With --cache or --dynamic, the recurrent networks among them adapt to what they read; what --cache-theta and \
      --cache-weight do not say is chosen for the text, and so is the rate with --dynamic best. One model is then enough.
      """)

  @Argument(help: "Model files or run folders, two or more unless one adapts.")
  var models: [String]

  @Option(help: "A text that no model has learned from, such as that for validation.")
  var tune: String

  @Option(help: "The new file.")
  var output: String

  @OptionGroup(title: "What is read changes the model") var adaptation: AdaptationArguments
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func validate() throws {
    guard models.count >= 2 || adaptation.adaptation != .none else {
      throw ValidationError("A mixture needs two models or more.")
    }
    try require("The number of models", models.count, in: MixtureFile.modelCounts)
  }

  func run() throws {
    Interrupt.endAtOnce()
    try MixtureFile.requireNew(FilePath(output))
    let team = threads.team
    var members = try models.map { path in
      MixtureFile.Member(
        path: FilePath(path),
        adaptation: try ModelFile.adapts(FilePath(path)) ? adaptation.adaptation : .none)
    }
    guard adaptation.adaptation == .none || members.contains(where: { $0.adaptation != .none })
    else { throw AdaptationError.kind(models[0]) }
    var models = try MixtureFile.read(members, team: team)
    let result = try TemporaryFolder.with { folder in
      let corpus = try Corpus.tokenise(
        [FilePath(tune)], codec: models[0].codec, to: folder.appending("tokens"))
      let tuner = MixtureTuner(team: team)
      for index in models.indices {
        if adaptation.choosesRate, let found = try tuner.withBestRate(models[index], on: corpus) {
          models[index] = found.model
          members[index].adaptation.dynamic?.rate = found.rate
          Console.note("Rate of dynamic evaluation: \(found.rate)  \(members[index].path)")
        }
        if adaptation.choosesCache,
          let found = try tuner.withBestCache(
            models[index], on: corpus, theta: adaptation.cacheTheta,
            weight: adaptation.cacheWeight)
        {
          models[index] = found.model
          members[index].adaptation.cache = found.cache
        }
      }
      return try tuner.tune(models, on: corpus)
    }
    for (index, weight) in result.weights.enumerated() { members[index].weight = weight }
    try MixtureFile.write(members, to: FilePath(output))
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
