import EddyFiles
import EddyNN
package import SystemPackage

/// Everything that a training needs to go on to the same bits, but for its texts, which lie beside it.
package struct Checkpoint<Network: LanguageNetwork>: Sendable {
  var state: TrainerState<Network>
  /// The bytes of the log that belong to this moment.
  var logLength: Int
  /// What is left of the time, if the training is to end on time.
  var secondsLeft: Double?

  /// Writes a checkpoint, whole or not at all.
  ///
  /// - Throws: `FileError`
  func write(texts: TrainingTexts, options: TrainingOptions, to path: FilePath) throws {
    var writer = SafetensorsWriter(metadata: [
      OpenCheckpoint.key: JSON.object([
        "format": .integer(Int64(OpenCheckpoint.formatVersion)), "options": options.json,
        "state": state.record, "log_length": .integer(Int64(logLength)),
        "seconds_left": secondsLeft.map { .number($0) } ?? .null,
        "tokenizer": texts.codec.tokenizer.json, "texts": OpenCheckpoint.fingerprint(of: texts),
      ]).serialized
    ])
    state.add(to: &writer)
    texts.codec.vocabulary.add(to: &writer)
    try writer.write(to: path)
  }
}

/// A checkpoint whose checksum, options and vocabulary are in order; no array is read yet.
package struct OpenCheckpoint: Sendable {
  static let formatVersion = 1
  static let key = "eddy.checkpoint"

  package let options: TrainingOptions
  let codec: TextCodec
  private let file: Safetensors
  private let record: JSONRecord

  /// - Throws: `FileError`
  package init(_ path: FilePath) throws {
    file = try Safetensors(path: path)
    try file.verifyChecksum()
    record = try Self.record(of: file)
    do {
      options = try TrainingOptions(record.record("options"))
      guard let description = record.value("tokenizer") else {
        throw record.failure("tokenizer", "an object")
      }
      let tokenizer = try Tokenizer(json: description)
      codec = TextCodec(
        tokenizer: tokenizer,
        vocabulary: try Vocabulary(readingFrom: file, tokenizer: tokenizer))
    } catch {
      throw Self.named(error, file)
    }
  }

  /// What was left of the time, if the training is to end on time.
  func secondsLeft() throws -> Double? {
    do {
      return try record.value("seconds_left") == nil
        ? nil
        : record.optional("seconds_left") { field throws(JSONFieldError) in
          try record.number(field, in: 0...1e9)
        }
    } catch {
      throw Self.named(error, file)
    }
  }

  /// Opens the texts of the training, which must be those of this checkpoint.
  func texts(in folder: FilePath) throws -> TrainingTexts {
    let texts = try TrainingTexts.open(in: folder, codec: codec)
    guard record.value("texts") == Self.fingerprint(of: texts) else {
      throw FileError(
        path: file.path,
        reason: "Belongs to other texts than the tokens.train and tokens.valid beside it.")
    }
    return texts
  }

  /// Reads the arrays.
  ///
  /// - Throws: `FileError`; nothing is allocated before all shapes were compared.
  package func read<Network: LanguageNetwork>(_: Network.Type) throws -> Checkpoint<Network> {
    do {
      return Checkpoint(
        state: try TrainerState(
          reading: file, record: record.record("state"), vocabularySize: codec.vocabulary.count,
          options: options, besides: Vocabulary.tensorNames(codec.tokenizer)),
        logLength: try record.integer("log_length", in: 0...Int(Int64.max >> 10)),
        secondsLeft: try secondsLeft())
    } catch {
      throw Self.named(error, file)
    }
  }

  /// What tells the texts of one training from those of another.
  static func fingerprint(of texts: TrainingTexts) -> JSON {
    .array(
      [texts.training, texts.validation].map { corpus in
        .object([
          "tokens": .integer(Int64(corpus.count)),
          "crc32c": .integer(Int64(corpus.tokens.checksum)),
        ])
      })
  }

  private static func record(of file: Safetensors) throws(FileError) -> JSONRecord {
    guard let text = file.metadata[key] else {
      throw FileError(path: file.path, reason: "No checkpoint: '\(key)' is missing.")
    }
    do {
      let record = try JSONRecord(JSON(parsing: Array(text.utf8)), name: key)
      guard record.value("format") == .integer(Int64(formatVersion)) else {
        throw record.failure(
          "format", "\(formatVersion); a checkpoint is read by the version that wrote it")
      }
      return record
    } catch {
      throw named(error, file)
    }
  }

  /// The error with the file's name.
  private static func named(_ error: any Error, _ file: Safetensors) -> FileError {
    error as? FileError ?? FileError(path: file.path, reason: "\(error)")
  }
}
