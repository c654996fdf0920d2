import ArgumentParser
import EddyLM
import EddyNN

/// The numbers that a product is made of.
enum Precision: String, ExpressibleByArgument, CaseIterable {
  case float32, bfloat16, int8
}

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
    switch precision {
    case .float32: options.precision = .float32
    case .bfloat16: options.precision = .bfloat16
    case .int8: throw Refusal("Eddy does not train with --precision int8.")
    }
    options.gradientThinning = thinning.map { Float($0) } ?? 0
  }

  /// Reads a model as asked for.
  func model(_ folder: JobFolder, team: ThreadTeam) throws -> any LanguageModel {
    guard precision == .float32 else {
      throw Refusal("Eddy cannot use a model with --precision \(precision.rawValue) yet.")
    }
    guard thinning == nil else {
      throw Refusal("--thinning is for trainings.")
    }
    return try ModelFile.read(folder.model, team: team)
  }
}
