import EddyFiles
public import EddyNN
public import SystemPackage

/// One file with everything a model needs: weights, vocabulary, how text was cut, how it was trained.
///
/// A safetensors file with PyTorch's names and shapes, the vocabulary as three tensors, and JSON strings
/// in the metadata. Nothing in it comes from the clock, the host or the number of threads.
public enum ModelFile {
  /// The newest format that this version reads.
  public static let formatVersion = 3

  /// The format of a file: 1 and 2, in float32 and smaller, for recurrent networks, 3 for tied ones and all other
  /// kinds.
  static func formatVersion(
    _ kind: ModelKind, _ precision: Precision, isTied: Bool = false
  ) -> Int {
    guard !isTied else { return 3 }
    return switch kind {
    case .rnn, .lstm, .gru: precision == .float32 ? 1 : 2
    case .window, .concat, .cbow, .kneserNey: 3
    }
  }

  /// Writes a model, whole or not at all.
  ///
  /// - Parameters:
  ///   - updates: How many updates made these weights.
  ///   - validation: What the model was kept for.
  /// - Throws: `FileError`
  public static func write<Network: LanguageNetwork>(
    _ network: Network, codec: TextCodec, options: TrainingOptions,
    updates: Int, validation: Evaluation, to path: FilePath
  ) throws {
    let training = JSON.object([
      "options": options.json, "updates": .integer(Int64(updates)),
      "validation_perplexity": .number(validation.perplexity),
      "validation_tokens": .integer(Int64(validation.tokens)),
    ])
    try write(network, codec: codec, training: training, to: path)
  }

  /// Writes a model with its record.
  ///
  /// - Parameter precision: What matrices are rounded to.
  static func write<Network: LanguageNetwork>(
    _ network: Network, codec: TextCodec, training: JSON,
    precision: Precision = .float32, to path: FilePath
  ) throws {
    var configuration: [String: JSON] = [
      "model": .string(Network.kind.rawValue),
      "embedding_size": .integer(Int64(network.sizes.embedding)),
      "hidden_size": .integer(Int64(network.sizes.hidden)),
      "layers": .integer(Int64(network.sizes.layers)),
      "vocabulary_size": .integer(Int64(network.vocabularySize)),
      "tokenizer": codec.tokenizer.json,
    ]
    if Network.kind.hasContext {
      configuration["context"] = .integer(Int64(network.sizes.context))
    }
    if network.sizes.isTied { configuration["tied"] = .bool(true) }
    if precision != .float32 { configuration["precision"] = .string(precision.rawValue) }
    var writer = SafetensorsWriter(metadata: [
      "eddy.format": String(
        formatVersion(Network.kind, precision, isTied: network.sizes.isTied)),
      "eddy.configuration": JSON.object(configuration).serialized,
      "eddy.training": training.serialized,
    ])
    for parameter in network.parameters {
      let matrix = network[keyPath: parameter.path]
      if parameter.isVector {
        writer.add(parameter.name, shape: [matrix.columns]) { sink in
          try matrix.withSpan { try sink($0) }
        }
      } else {
        writer.add(parameter.name, matrix, precision: precision)
      }
    }
    for second in Network.secondBiases(network.sizes) {
      let zeros = [Float](repeating: 0, count: network[keyPath: second.path].count)
      writer.add(second.name, shape: [zeros.count], floats: zeros)
    }
    codec.vocabulary.add(to: &writer)
    try writer.write(to: path)
  }

  /// Reads a model.
  ///
  /// - Parameters:
  ///   - path: A model file, a run folder that holds `model.safetensors`, or a mixture.
  ///   - precision: How weights are kept while the model runs; as in the file without.
  ///   - adaptation: How the model is changed by what it reads.
  /// - Throws: `FileError`, ``ModelFileError``, ``NoLanguageModel`` and ``AdaptationError``, worded for a
  ///   person; nothing is allocated before the header was checked.
  public static func read(
    _ path: FilePath, precision: Precision? = nil, adaptation: Adaptation = .none,
    team: ThreadTeam = .serial
  ) throws -> any LanguageModel {
    guard !MixtureFile.isMixture(path) else {
      guard adaptation == .none else { throw AdaptationError.mixture(path.string) }
      return try MixtureFile.read(path, precision: precision, team: team)
    }
    let file = try OpenModelFile(path)
    switch file.configuration.architecture {
    case .network:
      let (network, codec) = try file.readNetwork()
      return try adaptation.model(
        of: network, codec: codec, precision: precision ?? file.configuration.precision,
        path: file.path, team: team)
    case .nGrams(let order):
      guard adaptation == .none else { throw AdaptationError.kind(path.string) }
      guard precision == nil else {
        throw ModelFileError.contradiction(
          path: file.path.string,
          "a model of n-grams has no weights to be kept in another precision")
      }
      return try file.readNGrams(order: order)
    }
  }

  /// Whether a model can adapt to what it reads: whether it is a recurrent network.
  ///
  /// - Throws: `FileError` and ``ModelFileError``
  public static func adapts(_ path: FilePath) throws -> Bool {
    guard !MixtureFile.isMixture(path) else { return false }
    return try OpenModelFile(path).configuration.architecture.kind.isRecurrent
  }

  /// Reads the network of a model, to be trained on.
  ///
  /// - Throws: As ``read(_:precision:team:)``; ``ModelFileError`` also for a model that is no network.
  public static func readNetwork(
    _ path: FilePath
  ) throws -> (network: any LanguageNetwork, codec: TextCodec) {
    try OpenModelFile(path).readNetwork()
  }

  /// The options with which a model was trained.
  ///
  /// - Parameter path: A model file, or a run folder.
  /// - Throws: `FileError` and ``ModelFileError``
  public static func trainingOptions(of path: FilePath) throws -> TrainingOptions {
    let file = try OpenModelFile(path)
    do {
      let record = try JSONRecord(file.configuration.training, name: "eddy.training")
      return try TrainingOptions(record.record("options"))
    } catch {
      throw FileError(path: file.path, reason: "\(error)")
    }
  }

  /// Refuses a path where there is something already.
  static func requireNew(_ path: FilePath, _ rule: String) throws(FileError) {
    guard !RunFolder.exists(path) else {
      throw FileError(path: path, reason: "Is there already; \(rule).")
    }
  }
}
