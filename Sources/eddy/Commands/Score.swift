import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how likely each line is.",
    discussion: """
      Each line is a sentence of its own: scored from the initial state after one end of sentence, over \
      its words and its end, or with --document after the lines before it. The score is the joint log-probability, unless --normalize asks for a mean.
      """)

  @OptionGroup var model: ModelArgument

  @Argument(help: "A text, one sentence a line; '-' is standard input.")
  var file = "-"

  @Option(
    help: "Divide by the number of tokens, characters or bytes: none, token, character, byte.")
  var normalize = Normalisation.none

  @Flag(help: "The lines are one text: each is scored after those before it.")
  var document = false

  @Flag(help: "Write the log-probability of each word, too.")
  var words = false

  @OptionGroup var base: LogBaseArgument
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func run() throws {
    Interrupt.endAtOnce()
    try score(with: model.load(threads))
  }

  private func score(with model: some LanguageModel) throws {
    var lines = try Lines(path: file)
    let scorer = SentenceScorer(
      model, team: threads.team, sentencesAtOnce: Lines.areTyped(file) ? 1 : 4096)
    guard document else {
      return try scorer.score(
        { try lines.next() }, text: { $0 }, words: words, body: { show($1, of: $0) })
    }
    var history = scorer.beginning
    while let line = try lines.next() {
      show(scorer.score(line, continuing: &history, words: words), of: line)
    }
  }

  private func show(_ score: SentenceScore, of line: String) {
    if out.json {
      var object = score.json(normalisation: normalize, logBase: base.logBase).object ?? [:]
      object["text"] = .string(line)
      return Console.print(JSON.object(object).serialized)
    }
    let value = base.logBase.value(ofNatural: score.logProbability(normalize))
    Console.print("\(value.fixed(4))\t\(line)")
    for word in score.words ?? [] {
      let value = base.logBase.value(ofNatural: word.logProbability)
      Console.print(
        "  \(value.fixed(4))\t\(word.word.visible)\(word.isUnknown ? " (unknown)" : "")")
    }
  }
}
