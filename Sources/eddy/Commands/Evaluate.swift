import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN
import SystemPackage

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how well a model predicts a text.",
    discussion: """
      Every token of the text is predicted once, in one pass, after one end of sentence; the state is \
      carried from line to line.
      """)

  @OptionGroup var model: ModelArgument

  @Argument(help: "Text files, UTF-8, read as one text; '-' is standard input.")
  var texts: [String]

  @Option(
    help: """
      Another model of the same words, to compare with: how much less or more perplexed the first is, sentence by \
      sentence.
      """)
  var against: String?

  @OptionGroup var base: LogBaseArgument
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func run() throws {
    let (evaluation, sentences) = try evaluate(model.load(threads))
    let interval = sentences.perplexityInterval()
    let comparison = try against.map { path in
      let other = try ModelFile.read(FilePath(path), precision: model.precision, team: threads.team)
      guard let comparison = try sentences.compared(with: evaluate(other).sentences) else {
        throw ValidationError(
          "\(path) cuts the text into other tokens, or the text has fewer than two sentences: there is nothing to "
            + "compare.")
      }
      return comparison
    }
    if out.json {
      var object = evaluation.json(logBase: base.logBase, interval: interval).object ?? [:]
      if let comparison { object["comparison"] = comparison.json }
      Console.print(JSON.object(object).serialized)
    } else {
      Console.print(evaluation.table(logBase: base.logBase, interval: interval))
      if let against, let comparison { Console.print(comparison.sentence(against: against)) }
    }
  }

  private func evaluate(
    _ model: some LanguageModel
  ) throws -> (evaluation: Evaluation, sentences: SentenceBlocks) {
    try TemporaryFolder.with { folder in
      let corpus = try Corpus.tokenise(
        texts.map { FilePath($0) }, codec: model.codec, to: folder.appending("tokens"))
      let team = threads.team
      var sentences = SentenceBlocks()
      defer { Console.endProgress() }
      let evaluation = try Evaluator(model, team: team).evaluate(
        corpus, size: corpus.statistics.size,
        observe: { part in
          for (token, value) in zip(part.tokens, part.logProbabilities) {
            sentences.add(value, endsSentence: token == model.codec.vocabulary.endOfSentence)
          }
          if Console.showsProgress {
            Console.progress("\(part.range.upperBound) of \(corpus.count) tokens")
          }
        })
      return (evaluation, sentences)
    }
  }
}
