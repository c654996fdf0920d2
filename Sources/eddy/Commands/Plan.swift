import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN
import SystemPackage

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what a training will take, before it starts.",
    discussion: "Takes the options of 'eddy train', reads the text, and times a few updates.")

  @Argument(help: "Text files, UTF-8; '-' is standard input.")
  var texts: [String]

  @Option(help: "Text to validate on.")
  var valid: [String] = []

  @OptionGroup(title: "Text") var text: TextArguments
  @OptionGroup var training: TrainingArguments
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func validate() throws {
    guard training.model != .kneserNey else {
      throw ValidationError(
        "--model kneser-ney needs no plan: it takes seconds for each million words.")
    }
  }

  func run() throws {
    try TemporaryFolder.with { folder in
      let texts = try TrainingTexts.prepare(
        texts: texts.map { FilePath($0) }, validation: valid.map { FilePath($0) },
        vocabulary: text.source(), folder: folder)
      let plan = try TrainingPlan(
        texts: texts,
        options: try training.options(
          tokens: texts.training.count, vocabulary: texts.codec.vocabulary.count),
        team: threads.team, seconds: 2)
      if out.json {
        Console.print(plan.json.serialized)
      } else {
        Console.print(texts.summary)
        Console.print(plan.summary)
      }
    }
  }
}
