public import ArgumentParser
import EddyLM
public import EddyNN

extension Precision: ExpressibleByArgument {}

/// Something that Eddy cannot do.
struct Refusal: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// In which way Eddy does a job. This is the one place that turns these options into Eddy's own.
struct VariantArguments: ParsableArguments {
  @Option(help: "float32, bfloat16 or int8.")
  var precision = Precision.float32

  @Option(help: "The threshold below which blocks of the softmax gradient are drawn by lot.")
  var thinning: Double?

  /// Sets what is asked for in a training.
  func apply(to options: inout TrainingOptions) throws {
    guard precision.isForTraining else {
      throw Refusal("Eddy does not train with --precision \(precision).")
    }
    options.precision = precision
    options.gradientThinning = thinning.map { Float($0) } ?? 0
  }

  /// Reads a model as asked for.
  func model(_ folder: JobFolder, team: ThreadTeam) throws -> any LanguageModel {
    guard thinning == nil else {
      throw Refusal("--thinning is for trainings.")
    }
    return try ModelFile.read(folder.model, precision: precision, team: team)
  }
}
