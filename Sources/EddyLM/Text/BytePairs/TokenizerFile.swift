import EddyFiles
public import SystemPackage

/// Reads and writes byte pairs as `tokenizer.json`, the format of Hugging Face's `tokenizers`.
///
/// Text is normalised to NFC before it is cut, whatever the file says; the file that is written says so.
public enum TokenizerFile {
  /// The largest file that is read, in bytes.
  private static let sizeLimit = 256 << 20

  /// Writes the tokenizer of a codec, whole or not at all.
  ///
  /// - Throws: `FileError`; ``TokenizerFileError`` if its tokens are no strings of bytes.
  public static func write(_ codec: TextCodec, to path: FilePath) throws {
    let vocabulary = codec.vocabulary
    guard let pairs = vocabulary.bytePairs else {
      throw TokenizerFileError(
        file: path.string,
        problem: "needs byte pairs (--tokenizer bpe), not tokens of the kind "
          + codec.tokenizer.kind.rawValue)
    }
    let alphabet = ByteAlphabet()
    let words = (0..<vocabulary.count).map { alphabet.text(of: vocabulary.bytes(of: $0)) }
    var members: [String: JSON] = [:]
    for (id, word) in words.enumerated() { members[word] = .integer(Int64(id)) }
    let nfc: JSON = ["type": "NFC"]
    let byteLevel: [String: JSON] = [
      "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
    ]
    let document = JSON.object([
      "version": "1.0", "truncation": .null, "padding": .null, "added_tokens": [],
      "normalizer": codec.tokenizer.lowercase
        ? ["type": "Sequence", "normalizers": [nfc, ["type": "Lowercase"]]] : nfc,
      "pre_tokenizer": .object(byteLevel), "post_processor": .null,
      "decoder": .object(byteLevel),
      "model": .object([
        "type": "BPE", "dropout": .null, "unk_token": .null, "continuing_subword_prefix": .null,
        "end_of_word_suffix": .null, "fuse_unk": false, "byte_fallback": false,
        "ignore_merges": false, "vocab": .object(members),
        "merges": .array(
          pairs.merges.map {
            [.string(words[Int($0.first)]), .string(words[Int($0.second)])]
          }),
      ]),
    ])
    try AtomicFile.write(to: path) { try $0.write(Array("\(document.serialized)\n".utf8)) }
  }

  /// Reads a tokenizer.
  ///
  /// - Throws: `FileError`; ``TokenizerFileError`` for anything but byte-level byte pairs without options that change
  ///   tokens.
  /// - Complexity: O(its bytes)
  public static func read(_ path: FilePath) throws -> TextCodec {
    func refuse(_ problem: String) -> TokenizerFileError {
      TokenizerFileError(file: path.string, problem: problem)
    }
    let document = try document(path)
    guard let model = document["model"], model["type"]?.string == "BPE" else {
      throw refuse("needs a model of the type BPE")
    }
    for option in ["dropout", "continuing_subword_prefix", "end_of_word_suffix"] {
      let value = model[option] ?? .null
      guard value == .null || value == "" else {
        throw refuse("has '\(option)', which is not known here")
      }
    }
    for option in ["fuse_unk", "byte_fallback", "ignore_merges"] where model[option] == true {
      throw refuse("has '\(option)', which is not known here")
    }
    try checkSteps(document, refuse)
    let lowercase = try isLowercased(document["normalizer"] ?? .null, refuse)

    let alphabet = ByteAlphabet()
    guard let entries = model["vocab"]?.object, let pairs = model["merges"]?.array else {
      throw refuse("needs 'vocab' and 'merges' in the model")
    }
    var words = [[UInt8]?](repeating: nil, count: entries.count)
    for (text, id) in entries {
      guard let id = id.integer.flatMap(Int.init(exactly:)), words.indices.contains(id),
        words[id] == nil
      else { throw refuse("needs different ids from 0 to \(entries.count - 1)") }
      guard let bytes = alphabet.bytes(of: text), !bytes.isEmpty else {
        throw refuse("has the token \(text.quotedExcerpt), which is no string of bytes")
      }
      words[id] = bytes
    }
    var merges: [UInt32] = []
    for pair in pairs {
      // Older files have one string with a space between.
      let texts =
        pair.array?.compactMap(\.string)
        ?? pair.string?.split(separator: " ").map(String.init) ?? []
      let ids = texts.compactMap { entries[$0]?.integer }
      guard texts.count == 2, ids.count == 2 else {
        throw refuse("has a merge that does not join two tokens: \(pair.serialized.quotedExcerpt)")
      }
      merges += ids.map { UInt32($0) }
    }
    let all = words.compactMap(\.self)
    let joinsLines = all.contains { $0.count > 1 && $0.contains(UInt8(ascii: "\n")) }
    let tokenizer = Tokenizer(kind: .bpe, lowercase: lowercase, joinsLines: joinsLines)
    var offsets = [0]
    for word in all { offsets.append(offsets[offsets.count - 1] + word.count) }
    return TextCodec(
      tokenizer: tokenizer,
      vocabulary: try Vocabulary(
        bytes: all.flatMap(\.self), offsets: offsets,
        counts: Array(repeating: 0, count: all.count), merges: merges, tokenizer: tokenizer))
  }

  private static func document(_ path: FilePath) throws -> JSON {
    let bytes = try FileContents.read(path, limit: sizeLimit)
    do { return try JSON(parsing: bytes, valueLimit: 10_000_000) } catch {
      throw FileError(path: path, reason: "This is no JSON that can be read here: \(error)")
    }
  }

  /// Byte-level cutting by GPT-2's expression, and nothing else.
  private static func checkSteps(
    _ document: JSON, _ refuse: (String) -> TokenizerFileError
  ) throws(TokenizerFileError) {
    let step = document["pre_tokenizer"] ?? .null
    guard step["type"]?.string == "ByteLevel", step["add_prefix_space"]?.bool != true,
      step["use_regex"]?.bool != false
    else {
      throw refuse("needs a pre_tokenizer ByteLevel with use_regex and without add_prefix_space")
    }
  }

  private static func isLowercased(
    _ normalizer: JSON, _ refuse: (String) -> TokenizerFileError
  ) throws(TokenizerFileError) -> Bool {
    switch normalizer["type"]?.string {
    case nil where normalizer == .null, "NFC": return false
    case "Lowercase": return true
    case "Sequence":
      var isLowercased = false
      for part in normalizer["normalizers"]?.array ?? [] {
        if try self.isLowercased(part, refuse) { isLowercased = true }
      }
      return isLowercased
    default: throw refuse("needs a normalizer NFC, Lowercase or none")
    }
  }
}

/// The characters that stand for bytes in `tokenizer.json`: those that can be seen for themselves, and characters from
/// U+0100 for the others.
///
/// Source: the published encoder of Radford et al., «Language models are unsupervised multitask learners», 2019.
private struct ByteAlphabet {
  private let scalars: [Unicode.Scalar]
  private let bytes: [Unicode.Scalar: UInt8]

  init() {
    var scalars: [Unicode.Scalar] = []
    var hidden: UInt32 = 0x100
    for byte in 0...UInt8.max {
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: scalars.append(Unicode.Scalar(byte))
      default:
        scalars.append(Unicode.Scalar(hidden) ?? "\u{FFFD}")
        hidden += 1
      }
    }
    self.scalars = scalars
    bytes = Dictionary(uniqueKeysWithValues: zip(scalars, 0...UInt8.max))
  }

  func text(of token: [UInt8]) -> String {
    var text = String.UnicodeScalarView()
    for byte in token { text.append(scalars[Int(byte)]) }
    return String(text)
  }

  func bytes(of text: String) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let byte = bytes[scalar] else { return nil }
      result.append(byte)
    }
    return result
  }
}

extension ModelFile {
  /// Writes the byte pairs of a model as a `tokenizer.json`.
  ///
  /// - Parameter source: A model file, or a run folder.
  /// - Throws: `FileError`, also if there is something at `path` already; ``ModelFileError``, ``TokenizerFileError``
  public static func exportTokenizer(_ source: FilePath, output path: FilePath) throws {
    try requireNew(path, "a tokenizer is exported to a new file")
    let file = try OpenModelFile(source)
    let codec = TextCodec(
      tokenizer: file.configuration.tokenizer, vocabulary: try file.readVocabulary())
    try TokenizerFile.write(codec, to: path)
  }
}

/// Why a `tokenizer.json` could not be read or written.
public struct TokenizerFileError: Error, Equatable, CustomStringConvertible {
  public let file: String
  public let problem: String
  public var description: String { "\(file): the tokenizer \(problem)." }
}
