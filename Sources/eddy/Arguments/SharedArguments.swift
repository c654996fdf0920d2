public import ArgumentParser
public import EddyLM
import EddyNN
import SystemPackage

/// The model that a command asks.
struct ModelArgument: ParsableArguments {
  @Argument(help: "A model file, or the run folder of a training.")
  var model: String

  @Option(
    help: """
      How weights are kept while the model runs: float32, bfloat16 or int8, the smaller the faster and a \
      little less exact; default: as the file has them.
      """)
  var precision: Precision?

  @OptionGroup(title: "What is read changes the model") var adaptation: AdaptationArguments

  func validate() throws {
    guard !adaptation.choosesRate else {
      throw ValidationError(
        "--dynamic best is for 'eddy mix', which has a text to choose for: give a number.")
    }
  }

  func load(_ threads: ThreadArguments) throws -> any LanguageModel {
    try ModelFile.read(
      FilePath(model), precision: precision, adaptation: adaptation.adaptation,
      team: threads.team)
  }
}

/// How many threads work.
struct ThreadArguments: ParsableArguments {
  @Option(help: "Threads to use. Default: all processors. The result is the same for every number.")
  var threads: Int?

  func validate() throws {
    try require("--threads", threads, in: 1...ThreadTeam.largestCount)
    _ = try Kernels.requested()
  }

  var count: Int { threads ?? ThreadTeam.availableProcessors }
  var team: ThreadTeam { count == 1 ? .serial : ThreadTeam(count: count) }
}

/// How many results are shown.
struct CountArgument: ParsableArguments {
  @Option(help: "How many are shown.")
  var count = 5

  func validate() throws {
    try require("--count", count, in: 1...1_000_000)
  }
}

/// How results are written.
struct OutputArguments: ParsableArguments {
  @Flag(help: "Write JSON Lines.")
  var json = false
}

/// In which base log-probabilities are written.
struct LogBaseArgument: ParsableArguments {
  @Option(help: "The base of log-probabilities: natural, 2 or 10 (as SRILM and KenLM).")
  var logBase = LogBase.natural
}

extension LogBase: ExpressibleByArgument {}
extension ModelKind: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension DivergenceResponse: ExpressibleByArgument {}
extension Normalisation: ExpressibleByArgument {}
extension Tokenizer.Kind: ExpressibleByArgument {}
