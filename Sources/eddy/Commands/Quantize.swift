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

  @Option(help: "What the weights become.")
  var precision: SmallPrecision

  @Option(help: "The new model file.")
  var output: String

  @OptionGroup var out: OutputArguments

  enum SmallPrecision: String, ExpressibleByArgument, CaseIterable {
    case bfloat16, int8

    var value: Precision { self == .int8 ? .int8 : .bfloat16 }
  }

  func run() throws {
    let (before, after) = try ModelFile.quantise(
      FilePath(model), to: precision.value, output: FilePath(output))
    Console.print(
      out.json
        ? JSON.object([
          "model": .string(output), "precision": .string(precision.rawValue),
          "bytes": .integer(Int64(after)),
          "bytes_before": .integer(Int64(before)),
        ]).serialized
        : "Model: \(output) (\(precision), \(after) bytes in place of \(before))"
    )
  }
}
