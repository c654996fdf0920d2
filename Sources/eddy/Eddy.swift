import ArgumentParser

@main
struct Eddy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eddy",
    abstract: "Train a recurrent language model on your own text, and ask it how likely a text is.",
    discussion: """
      Results go to standard output, progress and complaints to standard error. MODEL is a model \
      file or the run folder that 'eddy train' wrote. With --json, results are JSON Lines.

      Exit codes: 0 done, 1 failed, 64 misuse, 130 interrupted.
      """,
    version: "0.1.0",
    subcommands: [
      Train.self, Resume.self, Plan.self, Evaluate.self, Score.self, Rank.self, Filter.self,
      Suggest.self, Generate.self, Fill.self, Vectors.self, Mix.self, Quantize.self, Import.self,
      Export.self, Inspect.self,
    ])

  static func main() {
    Console.holdStandardDescriptors()
    Interrupt.leaveErrorsToWriters()
    main(nil)
  }
}
