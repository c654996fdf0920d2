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
    let tokens = try TokenFileWriter.write(to: target, vocabulary: codec.vocabulary) {
      writer, file in
      try pass.run({ writer.append(codec.id(of: $0)) }) { _ in
        if writer.isFull { try writer.flush(to: &file) }
      }
    }
    return Corpus(tokens: tokens)
  }
}
