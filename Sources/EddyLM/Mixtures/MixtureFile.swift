public import EddyFiles
public import EddyNN
import Foundation
public import SystemPackage

/// A small JSON file that names models and their weights, and stands for a model that is read.
///
/// ```
/// {"eddy.mixture":1,"models":[{"path":"lstm","weight":0.7},{"path":"ngrams","weight":0.3}]}
/// ```
///
/// A model may have a member `cache` with `size`, `theta` and `weight` (``CacheOptions``), and `dynamic` with `rate`, `decay` and
/// `window_length` (``DynamicOptions``).
///
/// Paths are absolute, as they are written, or relative to the file's folder.
public enum MixtureFile {
  /// A model of a mixture, not yet read.
  public struct Member: Sendable {
    public let path: FilePath
    public var adaptation: Adaptation
    public var weight: Double

    public init(path: FilePath, adaptation: Adaptation = .none, weight: Double = 1) {
      self.path = path
      self.adaptation = adaptation
      self.weight = weight
    }
  }

  /// The most models of one mixture.
  public static let modelCounts = 1...64
  private static let version = 1
  private static let sizeLimit = 1 << 20
  private static let key = "eddy.mixture"

  /// - Throws: `FileError` if there is something at `path` already.
  public static func requireNew(_ path: FilePath) throws(FileError) {
    try ModelFile.requireNew(path, "a mixture is written into a new file")
  }

  /// Writes a mixture into a new file.
  ///
  /// - Precondition: there are as many models as ``modelCounts`` allows.
  /// - Throws: `FileError`, also if there is something at `path` already.
  public static func write(
    _ models: [Member], to path: FilePath
  ) throws {
    precondition(
      modelCounts.contains(models.count),
      "A mixture needs 1 to \(modelCounts.upperBound) models, found \(models.count).")
    try requireNew(path)
    let list = models.map { model in
      var members = model.adaptation.members
      members["path"] = .string(absolute(model.path).string)
      members["weight"] = .number(model.weight)
      return JSON.object(members)
    }
    let text = JSON.object([key: .integer(Int64(version)), "models": .array(list)])
    try AtomicFile.write(to: path) { try $0.write(Array((text.serialized + "\n").utf8)) }
  }

  /// Whether a file is one.
  static func isMixture(_ path: FilePath) -> Bool {
    guard let bytes = try? FileContents.read(path, limit: sizeLimit),
      bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{")
    else { return false }
    return (try? JSON(parsing: bytes))?[key] != nil
  }

  /// Reads a mixture and its models.
  ///
  /// - Throws: `FileError`, ``MixtureError`` and what reading a model throws.
  static func read(
    _ path: FilePath, precision: Precision?, team: ThreadTeam
  ) throws -> MixedModel {
    let bytes = try FileContents.read(path, limit: sizeLimit)
    let list: [Member]
    do {
      let record = try JSONRecord(JSON(parsing: bytes), name: "mixture")
      _ = try record.integer(key, in: version...version)
      list = try models(record)
    } catch {
      throw FileError(path: path, reason: "This is no mixture of models: \(error)")
    }
    let folder = path.removingLastComponent()
    let models = try read(
      list.map {
        Member(path: folder.pushing($0.path), adaptation: $0.adaptation, weight: $0.weight)
      }, precision: precision, team: team)
    return MixedModel(models, weights: list.map(\.weight))
  }

  private static func models(
    _ record: JSONRecord
  ) throws -> [Member] {
    guard let list = record.value("models")?.array, modelCounts.contains(list.count) else {
      throw record.failure("models", "a list of 1 to \(modelCounts.upperBound) models")
    }
    let models = try list.map { item in
      let model = try JSONRecord(item, name: "mixture.models")
      return Member(
        path: FilePath(try model.string("path")), adaptation: try Adaptation(model),
        weight: try model.number("weight", in: 0...1))
    }
    guard abs(models.reduce(0) { $0 + $1.weight } - 1) < 1e-6 else {
      throw record.failure("models", "models whose weights add up to 1")
    }
    return models
  }

  /// Reads models that share their words, to be mixed.
  ///
  /// - Parameter precision: How weights are kept while the models run; as in their files without. N-grams refuse any.
  /// - Throws: ``MixtureError``, and what reading a model throws.
  public static func read(
    _ members: [Member], precision: Precision? = nil, team: ThreadTeam
  ) throws -> [any LanguageModel] {
    let models = try members.map { member in
      guard !isMixture(member.path) else { throw MixtureError.nested(member.path.string) }
      return try ModelFile.read(
        member.path, precision: precision, adaptation: member.adaptation, team: team)
    }
    for (member, model) in zip(members, models) where model.codec != models[0].codec {
      throw MixtureError.otherWords(member.path.string, first: members[0].path.string)
    }
    return models
  }

  private static func absolute(_ path: FilePath) -> FilePath {
    path.isAbsolute
      ? path : FilePath(FileManager.default.currentDirectoryPath).pushing(path)
  }
}

/// Why models cannot be mixed.
public enum MixtureError: Error, Equatable, CustomStringConvertible {
  case otherWords(String, first: String)
  case nested(String)
  /// A token of the text has a probability that is no number, or none at all.
  case notFinite

  public var description: String {
    switch self {
    case .otherWords(let path, let first):
      "\(path) has another vocabulary or tokenizer than \(first): a mixture needs models of the same words. Train them "
        + "on the same text with the same text options."
    case .nested(let path): "\(path) is a mixture itself: name its models."
    case .notFinite: "A word of the text is impossible for all models, or a model gives no number."
    }
  }
}
