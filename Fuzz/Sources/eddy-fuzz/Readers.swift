import EddyFiles
import EddyLM
import EddyNN
import SystemPackage

extension Target {
  func readModel(_ bytes: [UInt8], file: ScratchFile) throws {
    try file.write(bytes)
    let description = try ModelDescription(of: file.path)
    _ = (description.table, description.json.serializedBytes)
    try use(ModelFile.read(file.path))
    try use(ModelFile.read(file.path, precision: .int8))
  }

  func readARPA(_ bytes: [UInt8], file: ScratchFile) throws {
    try file.write(bytes)
    try use(ARPAReader.read(file.path))
  }

  func readTokenizer(_ bytes: [UInt8], file: ScratchFile) throws {
    try file.write(bytes)
    let codec = try TokenizerFile.read(file.path)
    let text = "a line, l'été 90 \n\n 한"
    expect(codec.decode(codec.encode(text)) == text || codec.tokenizer.lowercase, "A text is lost.")
  }

  /// Whatever the weights say must be said without a trap.
  private func use(_ model: some LanguageModel) throws {
    let scorer = SentenceScorer(model, windowLength: 2)
    _ = scorer.score("a line", words: true).json().serializedBytes
    _ = Suggester(model).suggest(prompt: "a li", count: 2)
    _ = try TextGenerator(model).generate(
      prompt: "a", options: SamplingOptions(maximumTokens: 2, allowsUnknown: true))
  }

  func readCheckpoint(_ bytes: [UInt8], file: ScratchFile) throws {
    try file.write(bytes)
    let checkpoint = try OpenCheckpoint(file.path)
    func read<Network: LanguageNetwork>(_ kind: Network.Type) throws {
      _ = try checkpoint.read(kind)
    }
    if let network = checkpoint.options.model.network { try read(network) }
  }

  /// The first byte is the tokenizer, the second the number of words; then come the offsets and the
  /// counts, a byte each, and the words.
  func readVocabulary(_ bytes: [UInt8]) throws {
    guard bytes.count >= 2 else { return }
    let words = Int(bytes[1])
    let numbers = bytes.dropFirst(2).map { byte in
      // Two values stand for the ends of the range.
      byte == 0x80 ? Int.min : byte == 0xFF ? Int.max : Int(byte)
    }
    let tokenizer = Self.tokenizer(bytes[0])
    let vocabulary = try Vocabulary(
      bytes: Array(bytes.dropFirst(2 * words + 3)), offsets: Array(numbers.prefix(words + 1)),
      counts: Array(numbers.dropFirst(words + 1).prefix(words)), tokenizer: tokenizer)
    for id in 0..<vocabulary.count {
      expect(vocabulary.id(of: vocabulary.bytes(of: id)) == id, "A word is lost.")
    }
    let codec = TextCodec(tokenizer: tokenizer, vocabulary: vocabulary)
    _ = codec.encodeLine(codec.decode(Array(0..<vocabulary.count)))
  }

  func readTokens(_ bytes: [UInt8], file: ScratchFile) throws {
    try file.write(bytes)
    let tokens = try TokenFile(path: file.path)
    for position in 0..<tokens.count {
      expect(tokens[position] < tokens.vocabularySize, "An id too large.")
    }
  }

  func readJSON(_ bytes: [UInt8]) throws {
    let value = try JSON(parsing: bytes)
    guard bytes.count < 4096 else { return }
    let again = try JSON(parsing: value.serializedBytes)
    expect(again.serializedBytes == value.serializedBytes, "JSON changes when written.")
  }

  func readCandidates(_ bytes: [UInt8], file: ScratchFile, format: CandidateFormat) throws {
    try file.write(bytes)
    var lines = try LineReader(path: file.path)
    var reader = try CandidateReader(format, file: "candidates")
    while let list = try reader.next({ try lines.next()?.bytes }) {
      expect(!list.isEmpty, "A list without candidates.")
      expect(list.allSatisfy { $0.wordCount <= $0.text.utf8.count }, "More words than bytes.")
    }
  }

  /// The first byte says which columns there are.
  func readTable(_ bytes: [UInt8], file: ScratchFile) throws {
    let formats: [CandidateFormat] = [
      .tabSeparated(columns: nil), .tabSeparated(columns: ["id", "text"]),
      .tabSeparated(columns: ["list", "acoustic", "text"]), .lines,
    ]
    let format = formats[Int(bytes.first ?? 0) % formats.count]
    try readCandidates(Array(bytes.dropFirst()), file: file, format: format)
  }

  static func tokenizer(_ choice: UInt8) -> Tokenizer {
    let kinds = Tokenizer.Kind.allCases
    return Tokenizer(
      kind: kinds[Int(choice) % kinds.count], lowercase: choice & 16 != 0,
      graphemes: choice & 32 != 0)
  }
}
