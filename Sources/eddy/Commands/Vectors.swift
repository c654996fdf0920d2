import ArgumentParser
import EddyFiles
import EddyLM
import SystemPackage

struct Vectors: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare words by their vectors, or write the vectors down.",
    discussion: "Any network has word vectors; those of --model cbow are made for it.")

  @Argument(help: "A model file, or the run folder of a training.")
  var model: String

  @Option(help: "The words most like this one.")
  var nearest: String?

  @Option(
    parsing: .upToNextOption,
    help: "Three words: what is to the third as the second is to the first.")
  var analogy: [String] = []

  @Option(help: "Write all vectors to this file, in word2vec's text format.")
  var export: String?

  @OptionGroup var list: CountArgument
  @OptionGroup var out: OutputArguments

  func validate() throws {
    guard nearest != nil || !analogy.isEmpty || export != nil else {
      throw ValidationError("--nearest, --analogy or --export is needed.")
    }
    guard analogy.isEmpty || analogy.count == 3 else {
      throw ValidationError("--analogy needs three words, not \(analogy.count).")
    }
  }

  func run() throws {
    let vectors = try WordVectors.read(FilePath(model))
    if let nearest { show(try vectors.nearest(to: nearest, count: list.count)) }
    if !analogy.isEmpty {
      show(try vectors.analogy(analogy[0], analogy[1], analogy[2], count: list.count))
    }
    if let export { try vectors.export(to: FilePath(export)) }
  }

  private func show(_ neighbours: [WordVectors.Neighbour]) {
    for neighbour in neighbours {
      Console.print(
        out.json
          ? JSON.object([
            "word": .string(neighbour.word), "cosine": .number(neighbour.cosine),
          ]).serialized
          : "\(neighbour.cosine.fixed(4))\t\(neighbour.word)")
    }
  }
}
