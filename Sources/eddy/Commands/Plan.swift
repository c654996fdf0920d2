import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN
import SystemPackage

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what a training will take, before it starts.",
    discussion: """
      Takes the options of 'eddy train', reads the text, and times a few updates. The perplexity to expect comes from n-grams \
      of the text; docs/results/estimates.md tells how far such estimates are off.
      """)

  @Argument(help: "Text files, UTF-8; '-' is standard input.")
  var texts: [String]

  @Option(help: "Text to validate on.")
  var valid: [String] = []

  @Flag(
    help: "Look for a learning rate: a short training in which it grows until the loss does, too.")
  var findRate = false

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
      let team = threads.team
      let plan: TrainingPlan
      if let minutes = training.length.minutes {
        plan = try training.plan(texts, seconds: 60 * minutes, team: team)
      } else {
        plan = try TrainingPlan(
          texts: texts,
          options: try training.options(
            tokens: texts.training.count, vocabulary: texts.codec.vocabulary.count),
          team: team, seconds: 2)
      }
      let rates =
        findRate ? try RateFinder(texts: texts, options: plan.options, team: team) : nil
      let estimate =
        training.model.isRecurrent
        ? try PerplexityEstimate(
          texts: texts, tokensRead: plan.updates * plan.tokensPerUpdate, team: team) : nil
      if out.json {
        var object = plan.json.object ?? [:]
        if let estimate { object["expected"] = estimate.json }
        if let rates { object["rates"] = rates.json }
        Console.print(JSON.object(object).serialized)
      } else {
        Console.print(texts.summary)
        Console.print(plan.summary)
        if let estimate { Console.print(estimate.sentence) }
        if let rates { Console.print("\n" + rates.table) }
      }
    }
  }
}
