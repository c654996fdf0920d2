import EddyFiles
import SystemPackage

/// Reads the files of a corpus once, as one text, and cuts it into tokens.
struct CorpusPass {
  /// The bytes of a line that are cut at once.
  private static let longestPiece = 1 << 14

  private let paths: [FilePath]
  private let tokenizer: Tokenizer
  private let blockSize: Int

  /// - Throws: `FileError` if the standard input is asked for and closed. Make a pass before opening
  ///   other files, one of which would else be taken for it.
  init(
    paths: [FilePath], tokenizer: Tokenizer, blockSize: Int = TextReader.blockSize
  ) throws(FileError) {
    if paths.contains("-") { try InputFile.checkStandardInput() }
    self.paths = paths
    self.tokenizer = tokenizer
    self.blockSize = blockSize
  }

  /// - Parameters:
  ///   - emit: Takes each token.
  ///   - proceed: Called after each line, and within long ones, with what was read so far.
  /// - Returns: What the text holds; unknown words are not counted.
  /// - Throws: `FileError`, also if there is nothing but white space; what `proceed` throws.
  func run(
    _ emit: (Span<UInt8>) -> Void, proceed: (TextStatistics) throws -> Void
  ) throws -> TextStatistics {
    var statistics = TextStatistics()
    var isBlank = true
    for path in paths {
      var reader = try TextReader(
        path: path, lowercase: tokenizer.lowercase, blockSize: blockSize)
      var splitter = tokenizer.makeSplitter()
      var words = WordCounter()
      let linesBefore = statistics.lines
      while let text = try reader.next() {
        var start = 0
        while start < text.count {
          let end = Self.pieceEnd(in: text, from: start)
          let piece = text.span.extracting(start..<end)
          if isBlank { isBlank = UTF8Scalars.areSpace(piece) }
          var longest = 0
          splitter.split(piece) { token in
            statistics.tokens += 1
            longest = max(longest, token.count)
            emit(token)
          }
          guard max(longest, splitter.pendingCount) <= TextReader.longestRun else {
            throw FileError(
              path: path,
              reason: "Line \(statistics.lines - linesBefore + 1): "
                + "a token is longer than \(TextReader.longestRun) bytes.")
          }
          statistics.bytes += piece.count
          statistics.characters += UTF8Scalars.count(in: piece)
          statistics.words += words.count(piece)
          if text[end - 1] == UInt8(ascii: "\n") { statistics.lines += 1 }
          start = end
          try proceed(statistics)
        }
      }
      splitter.finish { token in
        statistics.tokens += 1
        emit(token)
      }
      try proceed(statistics)
    }
    guard !isBlank else {
      throw FileError(
        path: paths.joinedNames,
        reason: statistics.bytes == 0
          ? "The text is empty." : "The text holds nothing but white space.")
    }
    return statistics
  }

  /// The end of the line, or of as many whole scalars as fit into a piece.
  private static func pieceEnd(in text: [UInt8], from start: Int) -> Int {
    var limit = min(start + longestPiece, text.count)
    if let feed = text[start..<limit].firstIndex(of: UInt8(ascii: "\n")) { return feed + 1 }
    while limit < text.count, UTF8Scalars.isContinuation(text[limit]) { limit += 1 }
    return limit
  }
}
