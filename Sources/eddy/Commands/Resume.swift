import ArgumentParser
import EddyLM
import SystemPackage

struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Go on with a training that was interrupted.",
    discussion: """
      Goes on from RUN/checkpoint.safetensors, whatever ended the training: the model comes out byte for \
      byte as if nothing had been between.
      """)

  @Argument(help: ArgumentHelp("The run folder of a training.", valueName: "run"))
  var folder: String

  @Option(help: "stop or halve, in place of what the training began with.")
  var onDivergence: DivergenceResponse?

  @OptionGroup var checkpoints: CheckpointArguments
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func run() throws {
    Interrupt.listen()
    let team = threads.team
    let training = try TrainingRun(
      resuming: RunFolder.open(FilePath(folder)), onDivergence: onDivergence, team: team)
    Console.note(training.texts.summary)
    let session = TrainingSession(
      run: training, team: team, checkpoints: checkpoints, out: out, folder: folder)
    try session()
  }
}
