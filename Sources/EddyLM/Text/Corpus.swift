import EddyFiles
public import SystemPackage

/// A text as token ids, in a file.
///
/// The text is read once, in bounded memory; from then on only the file of ids is, so that a text
/// that changes or vanishes during a training changes nothing.
public struct Corpus: TokenSource {
  /// The ids.
  public let tokens: TokenFile

  /// What the text holds.
  public var statistics: TextStatistics { tokens.statistics }

  /// The number of tokens, line ends included.
  public var count: Int { tokens.count }

  /// - Precondition: `position` is in `0 ..< count`.
  public subscript(position: Int) -> Int { tokens[position] }

  /// - Throws: `FileError` if another program has shortened the file.
  public func read(_ positions: Range<Int>) throws -> [Int] {
    try tokens.requireWhole()
    return positions.map { tokens[$0] }
  }

  /// Cuts files, as one text, into the tokens of a vocabulary.
  ///
  /// - Parameters:
  ///   - paths: The texts in their order; `-` is the standard input.
  ///   - target: The file of ids to write, whole or not at all.
  /// - Throws: `FileError` with line and byte offset; also if the texts hold nothing but white
  ///   space.
  public static func tokenise(
    _ paths: [FilePath], codec: TextCodec, to target: FilePath
  ) throws -> Corpus {
    try tokenise(paths, codec: codec, to: target, blockSize: TextReader.blockSize)
  }

  /// - Parameter blockSize: The bytes that are read at once; the result is the same for all.
  package static func tokenise(
    _ paths: [FilePath], codec: TextCodec, to target: FilePath, blockSize: Int
  ) throws -> Corpus {
    let pass = try CorpusPass(paths: paths, tokenizer: codec.tokenizer, blockSize: blockSize)
    return try tokenise(pass, codec: codec, to: target)
  }

  /// Cuts files as ``tokenise(_:codec:to:)`` does, and keeps the words that the vocabulary does not know: their ids are
  /// all the same.
  ///
  /// - Parameter unknownWords: Another file to write: the unknown words in their order, one a line.
  /// - Throws: As without.
  public static func tokenise(
    _ paths: [FilePath], codec: TextCodec, to target: FilePath, unknownWords: FilePath
  ) throws -> Corpus {
    let pass = try CorpusPass(paths: paths, tokenizer: codec.tokenizer)
    return try AtomicFile.write(to: unknownWords) { file in
      var words: [UInt8] = []
      return try tokenise(
        pass, codec: codec, to: target,
        unknown: {
          words.append(copying: $0)
          words.append(UInt8(ascii: "\n"))
        },
        proceed: {
          try file.write(words)
          words.removeAll(keepingCapacity: true)
        })
    }
  }

  /// - Parameters:
  ///   - unknown: Takes each unknown word.
  ///   - proceed: Called after each line, and within long ones.
  private static func tokenise(
    _ pass: CorpusPass, codec: TextCodec, to target: FilePath,
    unknown: (Span<UInt8>) -> Void = { _ in }, proceed: () throws -> Void = {}
  ) throws -> Corpus {
    let vocabulary = codec.vocabulary
    var pieces = PieceMemory(vocabulary)
    let tokens = try TokenFileWriter.write(to: target, vocabulary: vocabulary) { writer, file in
      try pass.run({ piece in
        pieces.forEachId(of: piece) { id in
          writer.append(id)
          if id == vocabulary.unknown { unknown(piece) }
        }
      }) { _ in
        if writer.isFull { try writer.flush(to: &file) }
        try proceed()
      }
    }
    return Corpus(tokens: tokens)
  }
}

/// The ids of what the tokenizer cut; words that are made of strings of bytes are remembered, as joining takes long.
struct PieceMemory {
  /// The most words that are remembered.
  private static let limit = 1 << 18
  /// The longest, in bytes.
  private static let longest = 64

  private let vocabulary: Vocabulary
  private var words = WordTable()
  private var ids: [UInt32] = []
  private var starts = [0]

  init(_ vocabulary: Vocabulary) { self.vocabulary = vocabulary }

  mutating func forEachId(of piece: Span<UInt8>, _ body: (Int) -> Void) {
    guard vocabulary.bytePairs != nil, piece.count <= Self.longest else {
      return vocabulary.forEachId(of: piece, body)
    }
    let word: Int
    if words.count < Self.limit {
      word = words.insert(piece)
    } else if let known = words.id(of: piece) {
      word = known
    } else {
      return vocabulary.forEachId(of: piece, body)
    }
    if word == starts.count - 1 {
      vocabulary.forEachId(of: piece) { ids.append(UInt32($0)) }
      starts.append(ids.count)
    }
    for index in starts[word]..<starts[word + 1] { body(Int(ids[index])) }
  }
}
