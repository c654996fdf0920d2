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
      held out for validation. Ctrl-C ends the training and keeps the best model so far; 'eddy resume \
      RUN' goes on, after a crash, too, as if nothing had been between.
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
  @OptionGroup var training: TrainingArguments
  @OptionGroup var checkpoints: CheckpointArguments
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func run() throws {
    let clock = ContinuousClock()
    let deadline = training.length.minutes.map { clock.now + .seconds(60 * $0) }
    Interrupt.listen()
    let folder = try RunFolder.create(FilePath(output), overwrite: overwrite)
    let texts = try TrainingTexts.prepare(
      texts: texts.map { FilePath($0) }, validation: valid.map { FilePath($0) },
      vocabulary: text.source(), folder: folder.staging)
    if Interrupt.isRequested { throw ExitCode(Interrupt.exitCode) }
    guard training.model != .kneserNey else { return try estimate(texts, in: folder) }
    let team = threads.team
    Console.note(texts.summary)
    let plan: TrainingPlan
    if let deadline {
      let seconds = max((deadline - clock.now) / .seconds(1), 1)
      plan = try training.plan(texts, seconds: seconds, team: team)
    } else {
      let options = try training.options(
        tokens: texts.training.count, vocabulary: texts.codec.vocabulary.count)
      plan = try TrainingPlan(texts: texts, options: options, team: team, seconds: 0.5)
    }
    let run = try TrainingRun(
      texts: texts, options: plan.options, deadline: deadline, folder: folder, team: team)
    Console.note(plan.summary)
    let session = TrainingSession(
      run: run, team: team, checkpoints: checkpoints, out: out, folder: output)
    try session()
  }

  /// Counts n-grams.
  private func estimate(_ texts: TrainingTexts, in folder: RunFolder) throws {
    let run = KneserNeyRun(
      texts: texts, order: training.network.order ?? KneserNeyRun.orders.upperBound, folder: folder,
      team: threads.team)
    Console.note(texts.summary)
    let summary = try run.run()
    if out.json {
      Console.print(
        JSON.object([
          "model": .string(run.modelPath.string), "validation": summary.validation.json(),
          "ngrams": .array(summary.counts.map { .integer(Int64($0)) }),
          "discounts": .array(summary.discounts.map(\.json)),
        ]).serialized)
    } else {
      let counts = summary.counts.map(String.init).joined(separator: ", ")
      Console.note("N-grams of 1 to \(run.order) words: \(counts)")
      if summary.discounts.contains(where: \.isFallback) {
        Console.note("The text is too small for discounts of its own; 0.5, 1 and 1.5 were taken.")
      }
      Console.print("Model: \(run.modelPath)")
      Console.print("Validation perplexity: \(summary.validation.perplexity.fixed(2)) per token")
    }
  }
}
