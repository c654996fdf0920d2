import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN
import SystemPackage

struct Fill: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fill the gap in a sentence, from the words on both sides.",
    discussion: """
      For models of --model cbow: "you ___ goodbye" gives the words that may stand in the gap, with their \
      probabilities.
      """)

  @Argument(help: "A model file, or the run folder of a training.")
  var model: String

  @Argument(help: "A sentence with one gap, written ___.")
  var text: String

  @OptionGroup var list: CountArgument
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func run() throws {
    let filler = try GapFiller.read(FilePath(model), team: threads.team)
    for filling in try filler.fill(text, count: list.count) {
      Console.print(
        out.json
          ? JSON.object([
            "word": .string(filling.word), "probability": .number(filling.probability),
          ]).serialized
          : "\(filling.probability.fixed(4))\t\(filling.word)")
    }
  }
}
