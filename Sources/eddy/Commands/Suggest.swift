import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN

struct Suggest: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Suggest the next word, as a keyboard does.",
    discussion: """
      A prompt that ends in a space asks for the next word; one that breaks off in a word also for how \
      that word goes on.
      """)

  @OptionGroup var model: ModelArgument

  @OptionGroup var prompt: PromptArguments

  @OptionGroup var list: CountArgument
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func run() throws { try suggest(with: model.load(threads)) }

  private func suggest(with model: some LanguageModel) throws {
    let suggester = Suggester(model, team: threads.team)
    for suggestion in try suggester.suggest(prompt: prompt.text, count: list.count) {
      if out.json {
        Console.print(suggestion.json().serialized)
      } else {
        let text =
          suggestion.kind == .endOfSentence
          ? "(end of the sentence)" : suggestion.text
        Console.print("\(suggestion.probability.fixed(4))\t\(text)")
      }
    }
  }
}
