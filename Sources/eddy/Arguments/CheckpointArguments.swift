import ArgumentParser

/// How often a training writes down how to go on.
struct CheckpointArguments: ParsableArguments {
  @Option(
    help: "The least seconds between two checkpoints, which are written beside the training.")
  var checkpointEvery = 60.0

  func validate() throws {
    guard (0...1e9).contains(checkpointEvery) else {
      throw ValidationError(
        "--checkpoint-every must be 0 to 1000000000 seconds, not \(checkpointEvery).")
    }
  }

  var interval: Duration { .seconds(checkpointEvery) }
}
