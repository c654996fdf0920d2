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
    parameters = configuration.parameterCount(file.file)
  }

  /// For a person: one fact a line.
  public var table: String {
    var rows = [("file", path.string)]
    rows += configuration.architecture.facts.map { ($0.title, $0.value) }
    rows += [
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
    var members: [String: JSON] = [
      "file": .string(path.string),
      "vocabulary_size": .integer(Int64(configuration.vocabularySize)),
      "tokenizer": configuration.tokenizer.json, "weights": .integer(Int64(parameters)),
      "precision": .string(configuration.precision.rawValue), "bytes": .integer(Int64(byteCount)),
      "training": configuration.training,
    ]
    for fact in configuration.architecture.facts { members[fact.name] = fact.json }
    return .object(members)
  }
}

extension ModelConfiguration {
  /// The numbers that were learned.
  fileprivate func parameterCount(_ file: Safetensors) -> Int {
    switch architecture {
    case .network(let kind, let sizes):
      let shapes = kind.network?.shapes(vocabularySize: vocabularySize, sizes: sizes) ?? []
      return shapes.reduce(0) { $0 + $1.rows * $1.columns }
    case .nGrams:
      return file.tensors.reduce(0) { $0 + ($1.key.hasPrefix("ngram.") ? $1.value.count : 0) }
    }
  }
}

extension ModelConfiguration.Architecture {
  /// The kind and its sizes, for a person and for a program.
  fileprivate var facts: [(title: String, name: String, value: String, json: JSON)] {
    func fact(_ title: String, _ name: String, _ value: Int, _ unit: String = "")
      -> (title: String, name: String, value: String, json: JSON)
    {
      (title, name, "\(value)\(unit)", .integer(Int64(value)))
    }
    let model = ("model", "model", kind.rawValue, JSON.string(kind.rawValue))
    switch self {
    case .nGrams(let order): return [model, fact("order", "order", order)]
    case .network(let kind, let sizes):
      let context = fact(
        "context", "context", sizes.context, kind == .cbow ? " words on each side" : " words")
      return [model] + (kind.hasContext ? [context] : [fact("layers", "layers", sizes.layers)])
        + [
          fact("hidden units", "hidden_size", sizes.hidden),
          fact("word vectors", "embedding_size", sizes.embedding, " numbers"),
        ]
    }
  }
}
