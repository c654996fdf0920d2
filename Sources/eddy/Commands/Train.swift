import ArgumentParser
import EddyLM
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
  @OptionGroup(title: "Training") var training: TrainingArguments
  @OptionGroup var checkpoints: CheckpointArguments
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func run() throws {
    Interrupt.listen()
    let folder = try RunFolder.create(FilePath(output), overwrite: overwrite)
    let texts = try TrainingTexts.prepare(
      texts: texts.map { FilePath($0) }, validation: valid.map { FilePath($0) },
      vocabulary: .text(text.options), folder: folder.staging)
    if Interrupt.isRequested { throw ExitCode(Interrupt.exitCode) }
    let options = training.options(
      tokens: texts.training.count, vocabulary: texts.codec.vocabulary.count)
    let team = threads.team
    let run = try TrainingRun(texts: texts, options: options, folder: folder, team: team)
    Console.note(texts.summary)
    Console.note(
      try TrainingPlan(texts: texts, options: options, team: team, seconds: 0.5).summary)
    let session = TrainingSession(
      run: run, team: team, checkpoints: checkpoints, out: out, folder: output)
    try session()
  }
}
