import EddyFiles
public import EddyNN
public import SystemPackage

/// One file with everything a model needs: weights, vocabulary, how text was cut, how it was trained.
///
/// A safetensors file with PyTorch's names and shapes, the vocabulary as three tensors, and JSON strings
/// in the metadata. Nothing in it comes from the clock, the host or the number of threads.
public enum ModelFile {
  /// The format that this version writes.
  public static let formatVersion = 1

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
    var writer = SafetensorsWriter()
    writer.metadata = [
      "eddy.format": String(formatVersion),
      "eddy.configuration": JSON.object([
        "model": .string(Cell.name),
        "embedding_size": .integer(Int64(network.sizes.embedding)),
        "hidden_size": .integer(Int64(network.sizes.hidden)),
        "layers": .integer(Int64(network.sizes.layers)),
        "vocabulary_size": .integer(Int64(network.vocabularySize)),
        "tokenizer": codec.tokenizer.json,
      ]).serialized,
      "eddy.training": JSON.object([
        "options": options.json, "updates": .integer(Int64(updates)),
        "validation_perplexity": .number(validation.perplexity),
        "validation_tokens": .integer(Int64(validation.tokens)),
      ]).serialized,
    ]
    for parameter in network.parameters {
      let matrix = network[keyPath: parameter.path]
      let shape = parameter.isVector ? [matrix.columns] : [matrix.rows, matrix.columns]
      writer.add(parameter.name, shape: shape) { sink in try matrix.withSpan { try sink($0) } }
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
  /// - Parameter path: A model file, or a run folder that holds `model.safetensors`.
  /// - Throws: `FileError` and ``ModelFileError``, worded for a person; nothing is allocated before the
  ///   header was checked.
  public static func read(_ path: FilePath, team: ThreadTeam = .serial) throws -> any LanguageModel
  {
    let file = try OpenModelFile(path)
    return try read(file.configuration.kind.cell, from: file, team: team)
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
    _: Cell.Type, from file: OpenModelFile, team: ThreadTeam
  ) throws -> any LanguageModel {
    let (network, codec): (RecurrentNetwork<Cell>, TextCodec) = try file.read()
    return RecurrentModel(codec: codec, network: network, team: team)
  }
}
