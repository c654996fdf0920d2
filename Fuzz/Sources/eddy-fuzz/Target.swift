import EddyFiles
import Foundation
import SystemPackage

/// A reader that is given whatever bytes there are.
///
/// It may refuse them with an error. It must not trap, hang, read what is not its own, or take more
/// memory than 4 × the input + 16 MB.
enum Target: String, CaseIterable {
  case model, checkpoint, vocabulary, tokens, jsonl, tsv, corpus

  /// Gives the bytes to the reader; an error is an answer like any other.
  func read(_ bytes: [UInt8], file: ScratchFile) {
    do {
      switch self {
      case .model: try readModel(bytes, file: file)
      case .checkpoint: try readCheckpoint(bytes, file: file)
      case .vocabulary: try readVocabulary(bytes)
      case .tokens: try readTokens(bytes, file: file)
      case .jsonl: try readCandidates(bytes, file: file, format: .jsonLines)
      case .tsv:
        try? readCandidates(bytes, file: file, format: .tabSeparated(columns: nil))
        try? readCandidates(bytes, file: file, format: .tabSeparated(columns: ["id", "text"]))
        try readCandidates(bytes, file: file, format: .lines)
      case .corpus: try readCorpus(bytes, file: file)
      }
    } catch {
      // Whoever reads the message must find one.
      precondition(!"\(error)".isEmpty)
      if Self.showsErrors { print(error) }
    }
  }

  private static let showsErrors =
    ProcessInfo.processInfo.environment["EDDY_FUZZ_ERRORS"] != nil

  /// Whether the bytes are a safetensors file, whose header and data are changed apart.
  var isSafetensors: Bool { self == .model || self == .checkpoint }
}
