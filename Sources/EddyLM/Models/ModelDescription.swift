public import EddyFiles
import EddyNN
public import SystemPackage

/// What a model file says about itself, without running it.
public struct ModelDescription: Sendable {
  /// The file.
  public let path: FilePath
  /// Its size in bytes.
  public let byteCount: Int
  private let configuration: ModelConfiguration
  private let parameters: Int

  /// - Parameter path: A model file, or a run folder.
  /// - Throws: `FileError` and ``ModelFileError``
  public init(of path: FilePath) throws {
    let file = try OpenModelFile(path)
    self.path = file.path
    byteCount = file.file.byteCount
    configuration = file.configuration
    // Where there is one bias, the second is zeros for PyTorch's sake.
    let padding = configuration.kind.cell.separatesRecurrentSums ? "vocabulary." : "rnn.bias_hh"
    parameters = file.file.tensors.reduce(0) { sum, tensor in
      tensor.key.hasPrefix("vocabulary.") || tensor.key.hasPrefix(padding)
        || tensor.key.hasSuffix(QuantisedMatrix.scales(of: "")) ? sum : sum + tensor.value.count
    }
  }

  /// For a person: one fact a line.
  public var table: String {
    let sizes = configuration.sizes
    var rows = [
      ("file", path.string), ("model", configuration.kind.rawValue),
      ("layers", "\(sizes.layers)"), ("hidden units", "\(sizes.hidden)"),
      ("word vectors", "\(sizes.embedding) numbers"),
      ("vocabulary", "\(configuration.vocabularySize) words"),
      ("tokenizer", configuration.tokenizer.kind.rawValue), ("weights", "\(parameters)"),
      ("precision", configuration.precision.rawValue), ("bytes", "\(byteCount)"),
    ]
    let training = configuration.training
    if let updates = training["updates"]?.integer { rows.append(("updates", "\(updates)")) }
    if let perplexity = training["validation_perplexity"]?.number {
      let when = configuration.precision == .float32 ? "" : ", before it was quantised"
      rows.append(("validation perplexity", "\(perplexity.fixed(2)) per token\(when)"))
    }
    if let options = training["options"] { rows.append(("training", options.serialized)) }
    let width = rows.reduce(0) { max($0, $1.0.count) } + 2
    return rows.map { name, value in
      name + String(repeating: " ", count: width - name.count) + value
    }.joined(separator: "\n")
  }

  /// For a program.
  public var json: JSON {
    let sizes = configuration.sizes
    return .object([
      "file": .string(path.string), "model": .string(configuration.kind.rawValue),
      "layers": .integer(Int64(sizes.layers)), "hidden_size": .integer(Int64(sizes.hidden)),
      "embedding_size": .integer(Int64(sizes.embedding)),
      "vocabulary_size": .integer(Int64(configuration.vocabularySize)),
      "tokenizer": configuration.tokenizer.json, "weights": .integer(Int64(parameters)),
      "precision": .string(configuration.precision.rawValue), "bytes": .integer(Int64(byteCount)),
      "training": configuration.training,
    ])
  }
}
