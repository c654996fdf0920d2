import EddyFiles
import EddyNN
import Foundation
import SystemPackage

/// A model file whose header, checksum and configuration are in order; no weight is read yet.
struct OpenModelFile {
  let path: FilePath
  let file: Safetensors
  let configuration: ModelConfiguration

  /// - Parameter path: A model file, or a run folder.
  init(_ path: FilePath) throws {
    self.path = Self.file(at: path)
    if self.path != path, !FileManager.default.fileExists(atPath: self.path.string) {
      throw FileError(
        path: path,
        reason: "This folder holds no model.safetensors: no training has validated here.")
    }
    do {
      file = try Safetensors(path: self.path)
    } catch {
      guard MixtureFile.isMixture(self.path) else { throw error }
      throw ModelFileError.contradiction(
        path: self.path.string, "this is a mixture of models; one of its models was needed")
    }
    try file.verifyChecksum()
    configuration = try ModelConfiguration(metadata: file.metadata, path: self.path)
  }

  /// `model.safetensors` of a run folder, or the path itself.
  static func file(at path: FilePath) -> FilePath {
    let inFolder = path.appending("model.safetensors")
    let isFolder = (try? FileDescriptor.open(path, .readOnly, options: [.directory]).close()) != nil
    return isFolder ? inFolder : path
  }

  func readVocabulary() throws -> Vocabulary {
    let vocabulary = try Vocabulary(readingFrom: file, tokenizer: configuration.tokenizer)
    guard vocabulary.count == configuration.vocabularySize else {
      throw ModelFileError.contradiction(
        path: path.string,
        "the vocabulary has \(vocabulary.count) words, the configuration "
          + "\(configuration.vocabularySize)")
    }
    return vocabulary
  }

  /// Reads the weights and the vocabulary.
  ///
  /// - Throws: `FileError`, ``ModelFileError``, also if the file holds another kind of model.
  func read<Network: LanguageNetwork>() throws -> (Network, TextCodec) {
    guard case .network(Network.kind, let sizes) = configuration.architecture else {
      throw ModelFileError.contradiction(
        path: path.string, "a model of the kind \(Network.kind.rawValue) was needed")
    }
    try checkTensors(of: Network.self, sizes: sizes)
    let vocabulary = try readVocabulary()
    var network = Network(vocabularySize: configuration.vocabularySize, sizes: sizes)
    for parameter in network.parameters {
      try file.read(
        parameter.name, into: &network[keyPath: parameter.path],
        precision: parameter.isVector ? .float32 : configuration.precision)
    }
    for parameter in Network.secondBiases(sizes) {
      var second = network[keyPath: parameter.path]
      try file.read(parameter.name, into: &second, precision: .float32)
      network[keyPath: parameter.path].add(second)
      guard network[keyPath: parameter.path].isFinite else {
        throw ModelFileError.notFinite(path: path.string, tensor: parameter.name)
      }
    }
    return (network, TextCodec(tokenizer: configuration.tokenizer, vocabulary: vocabulary))
  }

  /// Reads a network of whatever kind, and the vocabulary.
  func readNetwork() throws -> (network: any LanguageNetwork, codec: TextCodec) {
    func read<Network: LanguageNetwork>(
      _: Network.Type
    ) throws -> (any LanguageNetwork, TextCodec) {
      let (network, codec): (Network, TextCodec) = try self.read()
      return (network, codec)
    }
    guard let kind = configuration.architecture.kind.network else {
      throw ModelFileError.contradiction(
        path: path.string, "a network was needed, this is a model of n-grams")
    }
    return try read(kind)
  }

  /// Checks names, shapes and types of all tensors against the configuration, before anything is allocated:
  /// types that are smaller than they should be would grow when they are read.
  private func checkTensors<Network: LanguageNetwork>(
    of _: Network.Type, sizes: NetworkSizes
  ) throws {
    let vocabulary = configuration.vocabularySize
    var expected: [String: (shape: [Int], dtype: Safetensors.DType)] = [
      "vocabulary.offsets": ([vocabulary + 1], .int64),
      "vocabulary.counts": ([vocabulary], .int64),
    ]
    guard sizes.layers <= file.tensors.count else {
      throw ModelFileError.contradiction(
        path: path.string,
        "\(sizes.layers) layers have more tensors than the \(file.tensors.count) found")
    }
    let shapes = Network.shapes(vocabularySize: vocabulary, sizes: sizes)
    for shape in shapes {
      guard !shape.isVector else {
        expected[shape.name] = ([shape.columns], .float32)
        continue
      }
      expected[shape.name] = ([shape.rows, shape.columns], configuration.precision.dtype)
      if configuration.precision == .int8 {
        expected[QuantisedMatrix.scales(of: shape.name)] = ([shape.rows], .float32)
      }
    }
    for second in Network.secondBiases(sizes) {
      // As large as the bias that it is added to.
      let first = second.name.replacing("_hh_", with: "_ih_")
      expected[second.name] = expected[first]
    }
    for (name, (shape, dtype)) in expected.sorted(by: { $0.key < $1.key }) {
      guard let found = file.tensors[name]?.shape else {
        throw ModelFileError.missingTensor(path: path.string, name: name)
      }
      guard found == shape else {
        throw ModelFileError.shapeMismatch(
          path: path.string, tensor: name, expected: shape, found: found)
      }
      _ = try file.tensor(name, dtype: dtype)
    }
    let words = Vocabulary.tensorNames(configuration.tokenizer)
    for name in file.tensors.keys.sorted() where expected[name] == nil {
      guard words.contains(name) else {
        throw ModelFileError.unknownTensor(path: path.string, name: name)
      }
    }
  }
}

/// What a model file says about itself.
struct ModelConfiguration: Equatable {
  let architecture: Architecture
  let vocabularySize: Int
  let tokenizer: Tokenizer
  /// That of the matrices in the file.
  let precision: Precision
  /// The record of the training, as JSON.
  let training: JSON

  /// The largest vocabulary that is believed.
  private static let largestVocabulary = 1 << 30

  init(metadata: [String: String], path: FilePath) throws {
    let path = path.string
    guard let format = metadata["eddy.format"] else {
      throw ModelFileError.notAModel(path: path)
    }
    guard let version = Int(format), (1...ModelFile.formatVersion).contains(version) else {
      throw ModelFileError.newerFormat(path: path, found: format)
    }
    let configuration = try Self.parse("eddy.configuration", of: metadata, path: path)
    training = try Self.parse("eddy.training", of: metadata, path: path)
    do throws(JSONFieldError) {
      let record = try JSONRecord(configuration, name: "eddy.configuration")
      architecture = try Architecture(record)
      vocabularySize = try record.integer("vocabulary_size", in: 1...Self.largestVocabulary)
      // Format 1 has no precision, format 2 one that is not float32, format 3 any.
      let name = record.value("precision")?.string ?? (version == 3 ? "float32" : nil)
      guard let found = version == 1 ? .float32 : name.flatMap(Precision.init),
        version == 3 || ModelFile.formatVersion(.lstm, found) == version
      else { throw record.failure("precision", "bfloat16 or int8") }
      precision = found
      let needed = ModelFile.formatVersion(
        architecture.kind, precision, isTied: architecture.isTied)
      guard needed == version else {
        throw record.failure("model", "one of format \(version)")
      }
    } catch {
      throw ModelFileError.field(path: path, error.field, needed: error.needed)
    }
    guard let tokenizer = configuration["tokenizer"] else {
      throw ModelFileError.field(path: path, "eddy.configuration.tokenizer", needed: "an object")
    }
    self.tokenizer = try Tokenizer(json: tokenizer)
  }

  /// What the model is made of, but for the vocabulary.
  enum Architecture: Equatable {
    case network(ModelKind, NetworkSizes)
    case nGrams(order: Int)

    var kind: ModelKind {
      switch self {
      case .network(let kind, _): kind
      case .nGrams: .kneserNey
      }
    }

    fileprivate var isTied: Bool {
      if case .network(_, let sizes) = self { sizes.isTied } else { false }
    }

    fileprivate init(_ record: JSONRecord) throws(JSONFieldError) {
      let kind: ModelKind = try record.choice("model")
      if kind.network == nil {
        self = .nGrams(order: try record.integer("order", in: NGramTable.orders))
      } else {
        self = .network(kind, try NetworkSizes(record, of: kind))
      }
    }
  }

  private static func parse(
    _ name: String, of metadata: [String: String], path: String
  ) throws -> JSON {
    guard let text = metadata[name] else {
      throw ModelFileError.field(path: path, name, needed: "JSON")
    }
    do { return try JSON(parsing: Array(text.utf8)) } catch {
      throw ModelFileError.field(path: path, name, needed: "JSON (\(error))")
    }
  }
}

/// Why a model file was refused.
public enum ModelFileError: Error, Equatable {
  /// A safetensors file, but not one of Eddy's.
  case notAModel(path: String)
  case newerFormat(path: String, found: String)
  case field(path: String, String, needed: String)
  case contradiction(path: String, String)
  case missingTensor(path: String, name: String)
  case unknownTensor(path: String, name: String)
  case shapeMismatch(path: String, tensor: String, expected: [Int], found: [Int])
  case notFinite(path: String, tensor: String)
  case badScale(path: String, tensor: String, found: Float)
}

extension ModelFileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notAModel(let path):
      "\(path): this safetensors file was not written by Eddy: 'eddy.format' is missing."
    case .newerFormat(let path, let found):
      "\(path): format version \(found.quotedExcerpt) is not known; this Eddy reads 1 to "
        + "\(ModelFile.formatVersion)."
    case .field(let path, let field, let needed):
      "\(path): '\(field)' in the metadata must be \(needed)."
    case .contradiction(let path, let what): "\(path): \(what)."
    case .missingTensor(let path, let name): "\(path): tensor '\(name)' is missing."
    case .unknownTensor(let path, let name):
      "\(path): tensor \(name.quotedExcerpt) does not belong here."
    case .shapeMismatch(let path, let tensor, let expected, let found):
      "\(path): tensor '\(tensor)' has shape \(found); the model needs \(expected)."
    case .notFinite(let path, let tensor):
      "\(path): tensor '\(tensor)' holds a number that is not finite."
    case .badScale(let path, let tensor, let found):
      "\(path): tensor '\(tensor)' holds \(found); scales are 0 or more, and finite."
    }
  }
}
