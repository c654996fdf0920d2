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
    let first = try model.load(threads)
    let other = try against.map { path in
      let other = try ModelFile.read(
        FilePath(path), precision: model.precision, team: threads.team)
      guard other.codec == first.codec else {
        throw MixtureError.otherWords(path, first: model.model)
      }
      return other
    }
    let (evaluation, sentences, others) = try TemporaryFolder.with { folder in
      let corpus = try Corpus.tokenise(
        texts.map { FilePath($0) }, codec: first.codec, to: folder.appending("tokens"))
      let (evaluation, sentences) = try evaluate(first, on: corpus)
      return (evaluation, sentences, try other.map { try evaluate($0, on: corpus).sentences })
    }
    report(evaluation, sentences, comparison: others.flatMap { sentences.compared(with: $0) })
  }

  private func evaluate(
    _ model: some LanguageModel, on corpus: Corpus
  ) throws -> (evaluation: Evaluation, sentences: SentenceBlocks) {
    var sentences = SentenceBlocks()
    defer { Console.endProgress() }
    let evaluation = try Evaluator(model, team: threads.team).evaluate(
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

  private func report(
    _ evaluation: Evaluation, _ sentences: SentenceBlocks, comparison: PairedComparison?
  ) {
    let interval = sentences.perplexityInterval()
    guard !out.json else {
      var object = evaluation.json(logBase: base.logBase, interval: interval).object ?? [:]
      if against != nil { object["comparison"] = comparison?.json ?? .null }
      return Console.print(JSON.object(object).serialized)
    }
    Console.print(evaluation.table(logBase: base.logBase, interval: interval))
    guard let against else { return }
    Console.print(
      comparison?.sentence(against: against)
        ?? "against \(against): the text has too few sentences to compare the models")
  }
}
