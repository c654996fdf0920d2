import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write text.",
    discussion: "The same model, prompt, options and seed give the same text.")

  @OptionGroup var model: ModelArgument
  @OptionGroup var prompt: PromptArguments

  @Option(help: "The most tokens to write.")
  var tokens = 100

  @Option(help: "0 takes the most likely token; higher values are more varied.")
  var temperature = 1.0

  @Option(help: "Draw from the so many most likely tokens; 0 for all.")
  var topK = 0

  @Option(help: "Draw from the most likely tokens that together have this probability.")
  var topP = 1.0

  @Option(help: "Draw from tokens at least this fraction as likely as the most likely.")
  var minP = 0.0

  @Option(help: "Makes tokens that came before less likely; 1 does nothing.")
  var repetitionPenalty = 1.0

  @Option(help: "How many tokens back that looks.")
  var repetitionWindow = 64

  @Option(help: "Ends before this text; may be given more than once.")
  var stop: [String] = []

  @Option(help: "Texts to write.")
  var count = 1

  @Option(help: "Another seed gives another text.")
  var seed: UInt64 = 0

  @Flag(help: "Let the model write the unknown word, too.")
  var allowUnknown = false

  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func validate() throws { _ = try options }

  private var options: SamplingOptions {
    get throws {
      do {
        return try SamplingOptions(
          temperature: temperature, topK: topK, topP: topP, minP: minP,
          repetitionPenalty: repetitionPenalty, repetitionWindow: repetitionWindow, seed: seed,
          maximumTokens: tokens, stopStrings: stop, allowsUnknown: allowUnknown, count: count)
      } catch { throw ValidationError(error.description) }
    }
  }

  func run() throws {
    Interrupt.endAtOnce()
    try generate(with: model.load(threads))
  }

  private func generate(with model: some LanguageModel) throws {
    let generator = TextGenerator(model, team: threads.team)
    let prompt = try prompt.text
    let streams = count == 1 && !out.json
    if streams { Console.printPiece(prompt) }
    let texts = try generator.generate(prompt: prompt, options: try options) { _, piece in
      if streams { Console.printPiece(piece) }
    }
    if streams { return Console.print("") }
    for (index, text) in texts.enumerated() {
      if out.json {
        Console.print(
          JSON.object([
            "sample": .integer(Int64(index)), "prompt": .string(prompt), "text": .string(text.text),
            "tokens": .integer(Int64(text.tokens.count)), "ending": .string(text.ending.rawValue),
          ]).serialized)
      } else {
        if index > 0 { Console.print("") }
        Console.print(prompt + text.text)
      }
    }
  }
}
