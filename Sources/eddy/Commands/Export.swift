import ArgumentParser
import EddyFiles
import EddyLM
import SystemPackage

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model, or its tokenizer, for another toolkit.",
    discussion: """
      arpa: n-grams (--model kneser-ney) as an ARPA file, for SRILM and KenLM. tokenizer: byte pairs \
      (--tokenizer bpe) as a tokenizer.json, for Hugging Face's tokenizers.
      """)

  @Argument(help: "A model file, or the run folder of a training.")
  var model: String

  @Option(help: "What is written.")
  var format: Format

  @Option(help: "The new file.")
  var output: String

  enum Format: String, ExpressibleByArgument, CaseIterable { case arpa, tokenizer }

  func run() throws {
    switch format {
    case .arpa: try ModelFile.exportARPA(FilePath(model), output: FilePath(output))
    case .tokenizer: try ModelFile.exportTokenizer(FilePath(model), output: FilePath(output))
    }
  }
}
