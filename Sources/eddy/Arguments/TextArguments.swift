import ArgumentParser
import EddyLM
import SystemPackage

/// How text is cut into tokens, and which of them are words of the vocabulary.
struct TextArguments: ParsableArguments {
  @Option(
    help: """
      word: words and punctuation apart. whitespace: as the text comes (PTB, WikiText). \
      character, byte. bpe: frequent strings of bytes, learned from the text.
      """)
  var tokenizer = Tokenizer.Kind.word

  @Flag(help: "Lower-case the text.")
  var lowercase = false

  @Flag(help: "With --tokenizer character: what a reader sees as one character is one token.")
  var graphemes = false

  @Option(
    help: "With --tokenizer bpe: takes the byte pairs of this tokenizer.json, and learns none.")
  var tokenizerFile: String?

  @Option(
    help:
      "The most words in the vocabulary, the most frequent first. Default: all; 8192 tokens for bpe."
  )
  var vocabulary: Int?

  @Option(help: "How often a word must occur to be in the vocabulary.")
  var minimumCount = 1

  func validate() throws {
    if let vocabulary, vocabulary < 2 {
      throw ValidationError("--vocabulary must be 2 or more, not \(vocabulary).")
    }
    guard minimumCount >= 1 else {
      throw ValidationError("--minimum-count must be 1 or more, not \(minimumCount).")
    }
    if let vocabulary, tokenizer == .bpe, vocabulary < 256 {
      throw ValidationError("--vocabulary must be 256 or more for bpe, not \(vocabulary).")
    }
    guard tokenizerFile == nil || tokenizer == .bpe else {
      throw ValidationError("--tokenizer-file needs --tokenizer bpe.")
    }
    guard tokenizerFile == nil || vocabulary == nil && minimumCount == 1 && !lowercase else {
      throw ValidationError(
        "--tokenizer-file says everything: no --vocabulary, --minimum-count or --lowercase beside it."
      )
    }
    guard !graphemes || tokenizer == .character else {
      throw ValidationError("--graphemes needs --tokenizer character.")
    }
  }

  /// Where words come from.
  func source() throws -> VocabularySource {
    if let tokenizerFile { return .model(try TokenizerFile.read(FilePath(tokenizerFile))) }
    return .text(
      TextOptions(
        tokenizer: Tokenizer(kind: tokenizer, lowercase: lowercase, graphemes: graphemes),
        vocabularyLimit: vocabulary, minimumCount: minimumCount))
  }
}
