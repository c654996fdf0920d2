import ArgumentParser

/// The Eddy side of every job of `Benchmarks/compare/run`: does one job, times it, prints one line of JSON.
@main
struct EddyJobs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eddy-jobs",
    subcommands: [Prepare.self, Train.self, Evaluate.self, Score.self, Rank.self, Generate.self])
}
