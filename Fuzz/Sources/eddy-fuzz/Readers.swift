import EddyFiles
import EddyLM
import EddyNN
import SystemPackage

extension Target {
  func readModel(_ bytes: [UInt8], file: ScratchFile) throws {
    try file.write(bytes)
    _ = try ModelDescription(of: file.path).table
    _ = try? ModelFile.trainingOptions(of: file.path)
    try score(ModelFile.read(file.path))
  }

  private func score(_ model: some LanguageModel) throws {
    // What a model says is not the reader's matter, but it must say it without a trap.
    _ = SentenceScorer(model, team: .serial).score(["a line"])
  }

  func readCheckpoint(_ bytes: [UInt8], file: ScratchFile) throws {
    try file.write(bytes)
    let checkpoint = try OpenCheckpoint(file.path)
    func read<Cell: RecurrentCell>(_ cell: Cell.Type) throws { _ = try checkpoint.read(cell) }
    try read(checkpoint.options.model.cell)
  }

  /// The first byte is the tokenizer, the second the number of words; then come the offsets and the counts,
  /// a byte each, and the words.
  func readVocabulary(_ bytes: [UInt8]) throws {
    guard bytes.count >= 2 else { return }
    let kinds = Tokenizer.Kind.allCases
    let words = Int(bytes[1])
    let numbers = bytes.dropFirst(2).map { Int(Int8(bitPattern: $0)) }
    let vocabulary = try Vocabulary(
      bytes: Array(bytes.dropFirst(2 * words + 3)), offsets: Array(numbers.prefix(words + 1)),
      counts: Array(numbers.dropFirst(words + 1).prefix(words)),
      tokenizer: Tokenizer(kind: kinds[Int(bytes[0]) % kinds.count]))
    for id in 0..<vocabulary.count {
      precondition(vocabulary.id(of: vocabulary.bytes(of: id)) == id)
    }
  }

  func readTokens(_ bytes: [UInt8], file: ScratchFile) throws {
    try file.write(bytes)
    let tokens = try TokenFile(path: file.path)
    for position in 0..<tokens.count { precondition(tokens[position] < tokens.vocabularySize) }
  }

  func readCandidates(_ bytes: [UInt8], file: ScratchFile, format: CandidateFormat) throws {
    try file.write(bytes)
    var lines = try LineReader(path: file.path)
    var reader = try CandidateReader(format, file: "candidates")
    while let list = try reader.next({ try lines.next()?.bytes }) { precondition(!list.isEmpty) }
  }

  /// The first byte is the tokenizer. Read in blocks of any size, a text has the same tokens.
  func readCorpus(_ bytes: [UInt8], file: ScratchFile) throws {
    let kinds = Tokenizer.Kind.allCases
    let choice = Int(bytes.first ?? 0)
    let tokenizer = Tokenizer(
      kind: kinds[choice % kinds.count], lowercase: choice & 64 != 0, graphemes: choice & 128 != 0)
    try file.write(Array(bytes.dropFirst()))
    var texts: [[UInt8]] = []
    for blockSize in [1 + choice % 7, TextReader.blockSize] {
      var reader = try TextReader(
        path: file.path, lowercase: tokenizer.lowercase, blockSize: blockSize)
      var text: [UInt8] = []
      while let piece = try reader.next() { text += piece }
      texts.append(text)
    }
    precondition(texts[0] == texts[1], "Blocks change what is read.")
    let codec = TextCodec(
      tokenizer: tokenizer,
      vocabulary: VocabularyBuilder().vocabulary(tokenizer))
    _ = codec.encode(String(decoding: texts[0], as: UTF8.self))
  }
}
