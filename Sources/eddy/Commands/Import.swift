import ArgumentParser
import EddyFiles
import EddyLM
import SystemPackage

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read a model of another toolkit.",
    discussion: "ARPA files of n-grams (SRILM, KenLM), of up to 5 words.")

  @Argument(help: "An ARPA file.")
  var file: String

  @Option(help: "The new model file.")
  var output: String

  @OptionGroup var out: OutputArguments

  func run() throws {
    let model = try ModelFile.importARPA(FilePath(file), output: FilePath(output))
    Console.print(
      out.json
        ? JSON.object([
          "model": .string(output), "order": .integer(Int64(model.order)),
          "ngrams": .array(model.counts.map { .integer(Int64($0)) }),
        ]).serialized
        : "Model: \(output) (n-grams of up to \(model.order) words: "
          + "\(model.counts.map(String.init).joined(separator: ", ")))")
  }
}
