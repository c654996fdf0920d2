import ArgumentParser
import EddyLM
import EddyNN
import SystemPackage

struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Go on with a training that was interrupted, or with other text.",
    discussion: """
      Goes on from RUN/checkpoint.safetensors, whatever ended the training: the model comes out byte for \
      byte as if nothing had been between. With --continue-on, the model is trained on other text.
      """)

  @Argument(help: ArgumentHelp("The run folder of a training.", valueName: "run"))
  var folder: String

  @Option(help: "stop or halve, in place of what the training began with.")
  var onDivergence: DivergenceResponse?

  @OptionGroup(title: "Other text") var continuation: ContinuationArguments
  @OptionGroup var checkpoints: CheckpointArguments
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func run() throws {
    Interrupt.listen()
    let team = threads.team
    let training = try continuation.continueOn.isEmpty ? resumed(team) : continued(team)
    Console.note(training.texts.summary)
    let session = TrainingSession(
      run: training, team: team, checkpoints: checkpoints, out: out,
      folder: continuation.output ?? folder)
    try session()
  }

  private func resumed(_ team: ThreadTeam) throws -> TrainingRun {
    try TrainingRun(
      resuming: RunFolder.open(FilePath(folder)), onDivergence: onDivergence, team: team)
  }

  private func continued(_ team: ThreadTeam) throws -> TrainingRun {
    let source = FilePath(folder)
    let (network, codec) = try ModelFile.readNetwork(source)
    let target =
      if let output = continuation.output {
        try RunFolder.create(FilePath(output), overwrite: false)
      } else {
        try RunFolder.create(source, overwrite: true)
      }
    let texts = try TrainingTexts.prepare(
      texts: continuation.continueOn.map { FilePath($0) },
      validation: continuation.valid.map { FilePath($0) },
      vocabulary: continuation.vocabulary(of: codec), folder: target.staging)
    if Interrupt.isRequested { throw ExitCode(Interrupt.exitCode) }
    var options = continuation.options(
      after: try ModelFile.trainingOptions(of: source), tokens: texts.training.count)
    if let onDivergence { options.onDivergence = onDivergence }
    return try TrainingRun(
      texts: texts, options: options, from: network, folder: target, team: team)
  }
}
