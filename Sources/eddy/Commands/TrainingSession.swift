import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN
import SystemPackage

/// Runs a training for a person: shows on standard error how it goes, and prints what came out.
struct TrainingSession {
  let run: TrainingRun
  let team: ThreadTeam
  let checkpoints: CheckpointArguments
  let out: OutputArguments
  /// How a person goes on when it is interrupted.
  let folder: String

  func callAsFunction() throws {
    let summary = try train()
    try finish(summary)
    if summary.ending == .interrupted {
      Console.note("Interrupted after \(summary.updates) updates; 'eddy resume \(folder)' goes on.")
      throw ExitCode(Interrupt.exitCode)
    }
  }

  private func train() throws -> TrainingSummary {
    var progress = ProgressBar(
      tokensPerUpdate: run.options.tokensPerUpdate)
    defer { Console.endProgress() }
    return try run.run(
      checkpointEvery: checkpoints.interval, shouldStop: { Interrupt.isRequested },
      report: { event in
        switch event {
        case .resumed(let updates, let total):
          progress.begin(after: updates)
          Console.note("Goes on after \(updates) of \(total) updates.")
        case .updated(let report, let total):
          if Console.showsProgress { progress.update(report, of: total) }
        case .validated(let evaluation, let updates, let epochs, let isBest):
          Console.endProgress()
          Console.note(
            "after \(epochs) \(epochs == 1 ? "epoch" : "epochs") (\(updates) updates): "
              + "validation perplexity \(evaluation.perplexity.fixed(2))"
              + (isBest ? " (best so far)" : ""))
        case .rolledBack(.diverged(let update, let loss, let norm), let updates, let rate):
          Console.endProgress()
          Console.note(
            "diverged at update \(update) (loss \(loss), gradient norm \(norm)): goes on after "
              + "update \(updates) with half the learning rate, \(rate.short)")
        case .rolledBack: break
        }
      })
  }

  /// Prints what came out: where the model is, how good it is, and a sample.
  private func finish(_ summary: TrainingSummary) throws {
    guard let best = summary.best else { return }
    // Only a language model can write.
    let sample =
      run.options.model == .cbow
      ? nil : try sample(from: ModelFile.read(run.modelPath, team: team))
    if out.json {
      Console.print(
        JSON.object([
          "model": .string(run.modelPath.string), "updates": .integer(Int64(summary.updates)),
          "ending": .string(summary.ending.rawValue), "validation": best.json(),
          "sample": sample.map { .string($0) } ?? .null,
        ]).serialized)
    } else {
      Console.print(
        "Model: \(run.modelPath) (\(summary.ending.rawValue), "
          + "\(summary.updates) updates)")
      let what =
        sample == nil ? "Perplexity of gaps in the validation text" : "Validation perplexity"
      Console.print("\(what): \(best.perplexity.fixed(2)) per token")
      if let sample { Console.print("Sample: \(sample)") }
    }
  }

  /// A few words of the model, as it would write by itself.
  private func sample(from model: some LanguageModel) throws -> String {
    let options = try SamplingOptions(
      temperature: 0.7, seed: run.options.seed, maximumTokens: 60)
    return try TextGenerator(model, team: team).generate(prompt: "", options: options)[0].text
  }
}
