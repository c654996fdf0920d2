import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN
import SystemPackage

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model on text.",
    discussion: """
      Writes the best model to RUN/model.safetensors. Without --valid, the last 5 % of the text are \
      held out for validation. Ctrl-C ends the training and keeps the best model so far.
      """)

  @Argument(help: "Text files, UTF-8; '-' is standard input.")
  var texts: [String]

  @Option(help: "The run folder; made if it is not there.")
  var output: String

  @Option(help: "Text to validate on.")
  var valid: [String] = []

  @Flag(help: "Train anew in a folder that holds a model already.")
  var overwrite = false

  @OptionGroup(title: "Text") var text: TextArguments
  @OptionGroup(title: "Training") var training: TrainingArguments
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func run() throws {
    let folder = FilePath(output)
    try RunFolder.create(folder, overwrite: overwrite)
    Interrupt.listen()
    let texts = try TrainingTexts.prepare(
      texts: texts.map { FilePath($0) }, validation: valid.map { FilePath($0) },
      text: text.options, folder: folder)
    if Interrupt.isRequested { throw ExitCode(Interrupt.exitCode) }
    let options = training.options(
      tokens: texts.training.count, vocabulary: texts.codec.vocabulary.count)
    let team = threads.team
    let run = try TrainingRun(texts: texts, options: options, folder: folder, team: team)
    Console.note(texts.summary)
    Console.note(
      try TrainingPlan(texts: texts, options: options, team: team, seconds: 0.5).summary)

    let summary = try train(run, tokensPerUpdate: options.batchSize * options.windowLength)
    try finish(summary, run: run, team: team)
    if summary.ending == .interrupted { throw ExitCode(Interrupt.exitCode) }
  }

  /// Trains, and shows on standard error how it goes.
  private func train(_ run: TrainingRun, tokensPerUpdate: Int) throws -> TrainingSummary {
    var progress = ProgressBar(tokensPerUpdate: tokensPerUpdate)
    defer { Console.endProgress() }
    return try run.run(
      shouldStop: { Interrupt.isRequested },
      report: { event in
        switch event {
        case .updated(let report, let total):
          if Console.showsProgress { progress.update(report, of: total) }
        case .validated(let evaluation, let updates, let epochs, let isBest):
          Console.endProgress()
          Console.note(
            "after \(epochs) \(epochs == 1 ? "epoch" : "epochs") (\(updates) updates): "
              + "validation perplexity \(evaluation.perplexity.fixed(2))"
              + (isBest ? " (best so far)" : ""))
        }
      })
  }

  /// Prints what came out: where the model is, how good it is, and a sample.
  private func finish(_ summary: TrainingSummary, run: TrainingRun, team: ThreadTeam) throws {
    guard let best = summary.best else { return }
    let sample = try sample(from: ModelFile.read(run.modelPath, team: team), team: team)
    if out.json {
      Console.print(
        JSON.object([
          "model": .string(run.modelPath.string), "updates": .integer(Int64(summary.updates)),
          "ending": .string(summary.ending.rawValue), "validation": best.json(),
          "sample": .string(sample),
        ]).serialized)
    } else {
      Console.print(
        "Model: \(run.modelPath) (\(summary.ending.rawValue), "
          + "\(summary.updates) updates)")
      Console.print("Validation perplexity: \(best.perplexity.fixed(2)) per token")
      Console.print("Sample: \(sample)")
    }
  }

  /// A few words of the model, as it would write by itself.
  private func sample(from model: some LanguageModel, team: ThreadTeam) throws -> String {
    let options = try SamplingOptions(temperature: 0.7, seed: training.seed, maximumTokens: 60)
    return try TextGenerator(model, team: team).generate(prompt: "", options: options)[0].text
  }
}
