import EddyFiles
import SystemPackage

/// A reader that is given whatever bytes there are.
///
/// It may refuse them with an error. It must not trap, hang, read what is not its own, or take more
/// memory than 4 × the input + 16 MB.
enum Target: String, CaseIterable {
  case model, checkpoint, vocabulary, tokens, json, jsonl, tsv, corpus, arpa, tokenizer

  /// Gives the bytes to the reader; an error is an answer like any other.
  func read(_ bytes: [UInt8], file: ScratchFile) {
    do {
      switch self {
      case .model: try readModel(bytes, file: file)
      case .checkpoint: try readCheckpoint(bytes, file: file)
      case .vocabulary: try readVocabulary(bytes)
      case .tokens: try readTokens(bytes, file: file)
      case .json: try readJSON(bytes)
      case .jsonl: try readCandidates(bytes, file: file, format: .jsonLines)
      case .tsv: try readTable(bytes, file: file)
      case .corpus: try readCorpus(bytes, file: file)
      case .arpa: try readARPA(bytes, file: file)
      case .tokenizer: try readTokenizer(bytes, file: file)
      }
    } catch {
      // Whoever reads the message must find one, and not the whole input in it.
      let message = "\(error)"
      expect(!message.isEmpty, "An error without words.")
      expect(message.utf8.count < 4096, "An error of \(message.utf8.count) bytes.")
    }
  }

  /// The bytes with what no fuzzer can guess put right.
  func repaired(_ input: [UInt8]) -> [UInt8] {
    switch self {
    case .model, .checkpoint: Repair.safetensors(input)
    case .tokens: Repair.tokenFile(input)
    default: input
    }
  }

  /// Whether the bytes are a safetensors file, whose header and data are changed apart.
  var isSafetensors: Bool { self == .model || self == .checkpoint }
}

/// What must hold of every answer. Unlike a precondition, it says what does not in an optimised build.
func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
  if !condition { fatalError("FOUND: \(message())") }
}
