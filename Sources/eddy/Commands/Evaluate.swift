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

  @OptionGroup var base: LogBaseArgument
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func run() throws {
    let evaluation = try evaluate(model.load(threads))
    Console.print(
      out.json
        ? evaluation.json(logBase: base.logBase).serialized
        : evaluation.table(logBase: base.logBase))
  }

  private func evaluate(_ model: some LanguageModel) throws -> Evaluation {
    try TemporaryFolder.with { folder in
      let corpus = try Corpus.tokenise(
        texts.map { FilePath($0) }, codec: model.codec, to: folder.appending("tokens"))
      let team = threads.team
      defer { Console.endProgress() }
      return try Evaluator(model, team: team).evaluate(
        corpus, size: corpus.statistics.size,
        progress: { done in
          if Console.showsProgress { Console.progress("\(done) of \(corpus.count) tokens") }
        })
    }
  }
}
