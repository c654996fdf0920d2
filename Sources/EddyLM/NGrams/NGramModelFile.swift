package import EddyFiles
import EddyNN
public import SystemPackage

extension ModelFile {
  /// Writes an n-gram model, whole or not at all.
  ///
  /// - Parameter training: How it was estimated, or where it comes from.
  /// - Throws: `FileError`
  package static func write(_ model: NGramModel, training: JSON, to path: FilePath) throws {
    var writer = SafetensorsWriter(metadata: [
      "eddy.format": String(formatVersion(.kneserNey, .float32)),
      "eddy.configuration": JSON.object([
        "model": .string(ModelKind.kneserNey.rawValue), "order": .integer(Int64(model.order)),
        "vocabulary_size": .integer(Int64(model.codec.vocabulary.count)),
        "tokenizer": model.codec.tokenizer.json,
      ]).serialized,
      "eddy.training": training.serialized,
    ])
    model.table.add(to: &writer)
    model.codec.vocabulary.add(to: &writer)
    try writer.write(to: path)
  }

  /// Writes the model of an ARPA file as a model file.
  ///
  /// - Returns: The model.
  /// - Throws: `FileError`, also if there is something at `path` already, and ``ARPAError``.
  public static func importARPA(_ source: FilePath, output path: FilePath) throws -> NGramModel {
    try requireNew(path, "a model is imported into a new file")
    let model = try ARPAReader.read(source)
    try write(model, training: .object(["imported_from": "arpa"]), to: path)
    return model
  }

  /// Writes a model of n-grams as an ARPA file.
  ///
  /// - Parameter source: A model file, or a run folder.
  /// - Throws: `FileError`, also if there is something at `path` already; ``ModelFileError`` for a model that is no
  ///   table of n-grams; ``ARPAError``
  public static func exportARPA(_ source: FilePath, output path: FilePath) throws {
    try requireNew(path, "a model is exported to a new file")
    let file = try OpenModelFile(source)
    guard case .nGrams(let order) = file.configuration.architecture else {
      throw ModelFileError.contradiction(
        path: file.path.string, "a model of n-grams was needed; ARPA files hold no networks")
    }
    try ARPAWriter.write(file.readNGrams(order: order), to: path)
  }
}

extension OpenModelFile {
  func readNGrams(order: Int) throws -> NGramModel {
    let vocabulary = try readVocabulary()
    let table = try NGramTable(
      readingFrom: file, order: order, vocabularySize: vocabulary.count,
      endOfSentence: vocabulary.endOfSentence,
      besides: Vocabulary.tensorNames(configuration.tokenizer))
    return NGramModel(
      codec: TextCodec(tokenizer: configuration.tokenizer, vocabulary: vocabulary), table: table)
  }
}
