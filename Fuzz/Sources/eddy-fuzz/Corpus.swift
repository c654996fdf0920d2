import EddyLM
import Foundation
import SystemPackage

extension Target {
  private static let folder = FilePath(FileManager.default.temporaryDirectory.path)

  /// The bytes that are also cut in memory, which is not bounded.
  private static let longestInMemory = 1 << 15

  /// The first byte is the tokenizer, the second the size of the blocks, which must not matter.
  func readCorpus(_ bytes: [UInt8], file: ScratchFile) throws {
    guard bytes.count >= 2 else { return }
    let tokenizer = Self.tokenizer(bytes[0])
    let text = Array(bytes.dropFirst(2))
    try file.write(text)
    let codec = Self.codec(tokenizer, of: String(decoding: text, as: UTF8.self))
    let whole = Self.tokens(of: file, codec, blockSize: 1 << 16)
    let blockSize = text.count < Self.longestInMemory ? 1 + Int(bytes[1]) % 64 : 1 << 20
    let parts = Self.tokens(of: file, codec, blockSize: blockSize)
    expect(whole == parts, "Blocks change what is read: \(whole), \(parts)")
    if case .success(let tokens) = whole, text.count < Self.longestInMemory {
      Self.check(tokens, text, codec)
    }
  }

  private enum Answer: Equatable {
    case success([Int])
    case failure(String)
  }

  private static func tokens(
    of file: ScratchFile, _ codec: TextCodec, blockSize: Int
  ) -> Answer {
    let target = folder.appending("eddy-fuzz-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(atPath: target.string) }
    do {
      let corpus = try Corpus.tokenise(
        [file.path], codec: codec, to: target, blockSize: blockSize)
      let compared = min(corpus.count, 2 * longestInMemory)
      return .success((0..<compared).map { corpus[$0] })
    } catch {
      return .failure("\(error)")
    }
  }

  /// A vocabulary of all tokens of the text.
  private static func codec(_ tokenizer: Tokenizer, of text: String) -> TextCodec {
    var builder = VocabularyBuilder()
    let empty = TextCodec(
      tokenizer: tokenizer, vocabulary: VocabularyBuilder().vocabulary(tokenizer))
    // Bytes are no strings, and their vocabulary is whole. Words in memory take more than the bound.
    guard tokenizer.kind != .byte, text.utf8.count < longestInMemory else { return empty }
    for word in empty.encodeLine(text).words { builder.add(Array(word.utf8)) }
    return TextCodec(tokenizer: tokenizer, vocabulary: builder.vocabulary(tokenizer))
  }

  /// A text that is cut in memory has the same tokens.
  private static func check(_ tokens: [Int], _ text: [UInt8], _ codec: TextCodec) {
    guard !text.starts(with: [0xEF, 0xBB, 0xBF]) else { return }
    var string = String(decoding: text, as: UTF8.self)
    switch string.unicodeScalars.last {
    case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": break
    default: string += "\n"
    }
    expect(codec.encode(string) == tokens, "Text in memory is cut in another way.")
  }
}
