import EddyFiles
public import SystemPackage

/// The text that a model learns from and the one that it is validated on, with the vocabulary of
/// the former.
public struct TrainingTexts: Sendable {
  public let codec: TextCodec
  public let training: Corpus
  public let validation: Corpus

  /// The files of a run folder that hold the texts.
  static let fileNames = ["tokens.train", "tokens.valid"]

  /// Opens the texts that ``prepare(texts:validation:vocabulary:folder:)`` wrote.
  ///
  /// - Throws: `FileError` if a file is missing, damaged or of another vocabulary.
  static func open(in folder: FilePath, codec: TextCodec) throws(FileError) -> TrainingTexts {
    func open(_ name: String) throws(FileError) -> Corpus {
      let file = try TokenFile(path: folder.appending(name))
      guard file.vocabularySize == codec.vocabulary.count else {
        throw FileError(
          path: file.path,
          reason: "The ids are of a vocabulary of \(file.vocabularySize); "
            + "\(codec.vocabulary.count) was needed.")
      }
      return Corpus(tokens: file)
    }
    return TrainingTexts(
      codec: codec, training: try open(fileNames[0]), validation: try open(fileNames[1]))
  }

  /// Reads the texts and writes `tokens.train` and `tokens.valid`.
  ///
  /// Without a validation text the last 5 % of the text are held out, from the beginning of a line
  /// where lines are short enough; the vocabulary is made without them.
  ///
  /// - Parameters:
  ///   - texts: One text in several files; `-` is the standard input.
  ///   - validation: The same, or nothing.
  ///   - vocabulary: Which words there are.
  ///   - folder: The folder to write to, which exists.
  /// - Throws: `FileError` with line and byte offset; also for a text of nothing but white space,
  ///   one too short to hold something out, and a validation text without a known word.
  public static func prepare(
    texts: [FilePath], validation: [FilePath], vocabulary source: VocabularySource,
    folder: FilePath
  ) throws -> TrainingTexts {
    let tokenizer = source.tokenizer
    let pass = try CorpusPass(paths: texts, tokenizer: tokenizer)
    var builder = VocabularyBuilder()
    var ids = try ProvisionalTokens(folder: folder)
    var (lineEnds, others) = (Milestones(), Milestones())
    var lineCount = 0
    let total = try pass.run(
      { ids.append(builder.see($0)) },
      proceed: { place in
        if ids.isFull { try ids.flush() }
        if place.lines > lineCount { lineEnds.add(place) } else { others.add(place) }
        lineCount = place.lines
      })
    try ids.flush()
    var learned = total
    if validation.isEmpty {
      let kept = total.tokens - max(1, total.tokens / 20)
      let candidates = [lineEnds, others].compactMap {
        $0.last(within: kept, of: total.tokens)
      }
      // A line end, unless that would cost too much of the text.
      guard
        let place = candidates.first(where: { $0.tokens >= kept / 2 }) ?? candidates.first
      else {
        throw FileError(
          path: texts.joinedNames,
          reason: "The text is a single line, of which no part can be held out for validation; "
            + "a text of its own for that is needed.")
      }
      learned = place
    }

    try ids.read(0..<learned.tokens) { for id in $0 { builder.count(Int(id)) } }
    let (vocabulary, finalIds) = source.vocabulary(of: builder)
    func write(_ name: String, _ range: Range<Int>, _ size: TextStatistics) throws -> Corpus {
      Corpus(
        tokens: try TokenFileWriter.write(
          to: folder.appending(name), vocabulary: vocabulary
        ) { writer, file in
          try ids.read(range) { block in
            for id in block { finalIds.forEach(of: Int(id)) { writer.append($0) } }
            try writer.flush(to: &file)
          }
          return size
        })
    }
    let codec = TextCodec(tokenizer: tokenizer, vocabulary: vocabulary)
    let result = TrainingTexts(
      codec: codec, training: try write(fileNames[0], 0..<learned.tokens, learned),
      validation: validation.isEmpty
        ? try write(fileNames[1], learned.tokens..<total.tokens, total - learned)
        : try Corpus.tokenise(validation, codec: codec, to: folder.appending(fileNames[1])))
    try result.checkValidation(validation.isEmpty ? texts : validation)
    return result
  }

  private func checkValidation(_ paths: [FilePath]) throws(FileError) {
    let found = validation.statistics
    let words = found.tokens - (codec.tokenizer.hasWordTokens ? found.lines : 0)
    guard words > 0, found.unknownTokens == words else { return }
    throw FileError(
      path: paths.joinedNames,
      reason: "None of the \(words) words to validate on is in the vocabulary of the training text."
    )
  }

  /// The texts for a person.
  public var summary: String {
    let found = validation.statistics
    let rate = 1000 * found.unknownTokens / max(1, found.tokens)
    return """
      Text: \(training.count) tokens to learn from, \(found.tokens) to validate on; vocabulary of \
      \(codec.vocabulary.count) (\(codec.tokenizer.kind.rawValue)), \
      \(rate / 10).\(rate % 10) % unknown
      """
  }
}

extension [FilePath] {
  /// The names for a message.
  var joinedNames: String {
    map { $0 == "-" ? "standard input" : $0.string }.joined(separator: ", ")
  }
}
