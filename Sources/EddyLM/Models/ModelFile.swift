import EddyFiles
public import EddyNN
public import SystemPackage

/// One file with everything a model needs: weights, vocabulary, how text was cut, how it was trained.
///
/// A safetensors file with PyTorch's names and shapes, the vocabulary as three tensors, and JSON strings
/// in the metadata. Nothing in it comes from the clock, the host or the number of threads.
public enum ModelFile {
  /// The newest format that this version reads.
  public static let formatVersion = 2

  /// The format of files whose matrices have this precision.
  static func formatVersion(_ precision: Precision) -> Int { precision == .float32 ? 1 : 2 }

  /// Writes a model, whole or not at all.
  ///
  /// - Parameters:
  ///   - updates: How many updates made these weights.
  ///   - validation: What the model was kept for.
  /// - Throws: `FileError`
  public static func write<Cell: RecurrentCell>(
    _ network: RecurrentNetwork<Cell>, codec: TextCodec, options: TrainingOptions,
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
  static func write<Cell: RecurrentCell>(
    _ network: RecurrentNetwork<Cell>, codec: TextCodec, training: JSON,
    precision: Precision = .float32, to path: FilePath
  ) throws {
    var configuration: [String: JSON] = [
      "model": .string(Cell.name),
      "embedding_size": .integer(Int64(network.sizes.embedding)),
      "hidden_size": .integer(Int64(network.sizes.hidden)),
      "layers": .integer(Int64(network.sizes.layers)),
      "vocabulary_size": .integer(Int64(network.vocabularySize)),
      "tokenizer": codec.tokenizer.json,
    ]
    if precision != .float32 { configuration["precision"] = .string(precision.rawValue) }
    var writer = SafetensorsWriter(metadata: [
      "eddy.format": String(formatVersion(precision)),
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
    for (index, layer) in network.layers.enumerated() where !Cell.separatesRecurrentSums {
      // PyTorch has two biases; only their sum matters.
      let zeros = [Float](repeating: 0, count: layer.bias.columns)
      writer.add("rnn.bias_hh_l\(index)", shape: [zeros.count], floats: zeros)
    }
    codec.vocabulary.add(to: &writer)
    try writer.write(to: path)
  }

  /// Reads a model.
  ///
  /// - Parameters:
  ///   - path: A model file, or a run folder that holds `model.safetensors`.
  ///   - precision: How weights are kept while the model runs; as in the file without.
  /// - Throws: `FileError` and ``ModelFileError``, worded for a person; nothing is allocated before the
  ///   header was checked.
  public static func read(
    _ path: FilePath, precision: Precision? = nil, team: ThreadTeam = .serial
  ) throws -> any LanguageModel {
    let file = try OpenModelFile(path)
    return try read(
      file.configuration.kind.cell, from: file,
      precision: precision ?? file.configuration.precision, team: team)
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

  private static func read<Cell: RecurrentCell>(
    _: Cell.Type, from file: OpenModelFile, precision: Precision, team: ThreadTeam
  ) throws -> any LanguageModel {
    let (network, codec): (RecurrentNetwork<Cell>, TextCodec) = try file.read()
    return RecurrentModel(codec: codec, network: network, precision: precision, team: team)
  }
}
