import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how likely each line is.",
    discussion: """
      Each line is a sentence of its own: scored from the initial state after one end of sentence, over \
      its words and its end. The score is the joint log-probability, unless --normalize asks for a mean.
      """)

  @OptionGroup var model: ModelArgument

  @Argument(help: "A text, one sentence a line; '-' is standard input.")
  var file = "-"

  @Option(
    help: "Divide by the number of tokens, characters or bytes: none, token, character, byte.")
  var normalize = Normalisation.none

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
    try scorer.score(
      { try lines.next() }, text: { $0 }, words: words,
      body: { line, score in
        if out.json {
          var object = score.json(normalisation: normalize, logBase: base.logBase).object ?? [:]
          object["text"] = .string(line)
          Console.print(JSON.object(object).serialized)
        } else {
          let value = base.logBase.value(ofNatural: score.logProbability(normalize))
          Console.print("\(value.fixed(4))\t\(line)")
          for word in score.words ?? [] {
            let value = base.logBase.value(ofNatural: word.logProbability)
            Console.print(
              "  \(value.fixed(4))\t\(word.word.visible)\(word.isUnknown ? " (unknown)" : "")")
          }
        }
      })
  }
}
