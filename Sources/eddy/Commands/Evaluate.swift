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

  @Flag(
    help: """
      Write the surprisal of each token in bits (−log₂ of its probability), too: a line each, or on a terminal the text \
      in colours, unless NO_COLOR is set.
      """)
  var words = false

  @Option(help: "A new file: a web page that shows the surprisal of each token by colours.")
  var html: String?

  @Flag(
    help: """
      Also write the perplexity of tokens by how often they occur in the training text, and by their position in the \
      sentence.
      """)
  var breakdown = false

  @OptionGroup var base: LogBaseArgument
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  private var showsWords: Bool { words || html != nil }

  /// What comes of one model.
  private struct Result {
    var evaluation: Evaluation
    var sentences: SentenceBlocks
    var breakdown: EvaluationBreakdown
  }

  func run() throws {
    if let html { try SurprisalPage.requireNew(FilePath(html)) }
    let first = try model.load(threads)
    let other = try against.map { path in
      let other = try ModelFile.read(
        FilePath(path), precision: model.precision, team: threads.team)
      guard other.codec == first.codec else {
        throw MixtureError.otherWords(path, first: model.model)
      }
      return other
    }
    let (result, others) = try TemporaryFolder.with { folder in
      let unknownWords = folder.appending("unknown")
      let (paths, tokens) = (texts.map { FilePath($0) }, folder.appending("tokens"))
      let corpus =
        showsWords
        ? try Corpus.tokenise(
          paths, codec: first.codec, to: tokens, unknownWords: unknownWords)
        : try Corpus.tokenise(paths, codec: first.codec, to: tokens)
      let result = try evaluateShowing(first, on: corpus, unknownWords: unknownWords)
      return (result, try other.map { try evaluate($0, on: corpus).sentences })
    }
    report(result, comparison: others.flatMap { result.sentences.compared(with: $0) })
  }

  /// Evaluates the first model, and shows its words where that is asked for.
  private func evaluateShowing(
    _ model: some LanguageModel, on corpus: Corpus, unknownWords: FilePath
  ) throws -> Result {
    guard showsWords else { return try evaluate(model, on: corpus) }
    var text = try EvaluatedText(codec: model.codec, unknownWords: unknownWords)
    var printer = SurprisalPrinter(json: out.json)
    func show(_ addToPage: ([EvaluatedWord]) throws -> Void) throws -> Result {
      let result = try evaluate(model, on: corpus) { part in
        let words = try text.words(of: part)
        if self.words { printer.print(words) }
        try addToPage(words)
      }
      if words { printer.finish() }
      return result
    }
    guard let html else { return try show { _ in } }
    return try AtomicFile.write(to: FilePath(html)) { file in
      let names = texts.map { $0 == "-" ? "standard input" : $0 }
      var page = try SurprisalPage(model: self.model.model, texts: names, in: &file)
      let result = try show { try page.add($0, to: &file) }
      try page.finish(result.evaluation, in: &file)
      return result
    }
  }

  private func evaluate(
    _ model: some LanguageModel, on corpus: Corpus,
    observe: (EvaluatedTokens) throws -> Void = { _ in }
  ) throws -> Result {
    let vocabulary = model.codec.vocabulary
    var sentences = SentenceBlocks()
    var breakdown = EvaluationBreakdown(vocabulary)
    let showsProgress = Console.showsProgress && !(words && Console.isTerminal)
    defer { if showsProgress { Console.endProgress() } }
    let evaluation = try Evaluator(model, team: threads.team).evaluate(
      corpus, size: corpus.statistics.size,
      observe: { part in
        for (token, value) in zip(part.tokens, part.logProbabilities) {
          sentences.add(value, endsSentence: token == vocabulary.endOfSentence)
          breakdown.add(token, logProbability: value)
        }
        try observe(part)
        if showsProgress {
          Console.progress("\(part.range.upperBound) of \(corpus.count) tokens")
        }
      })
    return Result(evaluation: evaluation, sentences: sentences, breakdown: breakdown)
  }

  private func report(_ result: Result, comparison: PairedComparison?) {
    let interval = result.sentences.perplexityInterval()
    guard !out.json else {
      var object =
        result.evaluation.json(logBase: base.logBase, interval: interval).object ?? [:]
      if against != nil { object["comparison"] = comparison?.json ?? .null }
      if breakdown { object.merge(result.breakdown.json) { $1 } }
      return Console.print(JSON.object(object).serialized)
    }
    Console.print(result.evaluation.table(logBase: base.logBase, interval: interval))
    if let against {
      Console.print(
        comparison?.sentence(against: against)
          ?? "against \(against): the text has too few sentences to compare the models")
    }
    if breakdown { Console.print("\n" + result.breakdown.table) }
  }
}
