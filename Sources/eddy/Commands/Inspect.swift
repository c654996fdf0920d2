import ArgumentParser
import EddyFiles
import EddyLM
import SystemPackage

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a model file holds: sizes, vocabulary, how it was trained.")

  @Argument(help: "A model file, or the run folder of a training.")
  var model: String

  @OptionGroup var out: OutputArguments

  func run() throws {
    let description = try ModelDescription(of: FilePath(model))
    Console.print(out.json ? description.json.serialized : description.table)
  }
}
