import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN
import SystemPackage

struct Quantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model with smaller weights, which runs faster.",
    discussion: """
      int8: a byte for each weight and a scale for each row of a matrix. bfloat16: two bytes. Every command \
      reads the new file, which gives the very numbers that the old one gives with the same --precision.
      """)

  @Argument(help: "A model file, or the run folder of a training.")
  var model: String

  @Option(help: "bfloat16 or int8.")
  var precision: Precision

  @Option(help: "The new model file.")
  var output: String

  @OptionGroup var out: OutputArguments

  func validate() throws {
    guard precision != .float32 else {
      throw ValidationError("--precision must be bfloat16 or int8, not float32.")
    }
  }

  func run() throws {
    let (source, target) = (FilePath(model), FilePath(output))
    try ModelFile.quantise(source, to: precision, output: target)
    let (before, after) = try (ModelDescription(of: source), ModelDescription(of: target))
    Console.print(
      out.json
        ? JSON.object([
          "model": .string(output), "precision": .string(precision.rawValue),
          "bytes": .integer(Int64(after.byteCount)),
          "bytes_before": .integer(Int64(before.byteCount)),
        ]).serialized
        : "Model: \(output) (\(precision), \(after.byteCount) bytes in place of \(before.byteCount))")
  }
}
