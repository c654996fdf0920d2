import ArgumentParser
import EddyFiles
import SystemPackage

/// The text that a model goes on from.
struct PromptArguments: ParsableArguments {
  @Option(help: "The text to go on from.")
  var prompt: String?

  @Option(help: "A file that holds the text to go on from; '-' is standard input.")
  var promptFile: String?

  /// The longest prompt that is read from a file, in bytes.
  private static let limit = 16 << 20

  func validate() throws {
    guard prompt == nil || promptFile == nil else {
      throw ValidationError("--prompt and --prompt-file exclude each other.")
    }
  }

  /// The prompt; empty if there is none. One line end at the end of a file does not count.
  var text: String {
    get throws {
      if let prompt { return prompt }
      guard let promptFile else { return "" }
      var lines = try Lines(path: promptFile)
      var text: [String] = []
      var size = 0
      while let line = try lines.next() {
        text.append(line)
        size += line.utf8.count
        guard size <= Self.limit else {
          throw FileError(
            path: FilePath(promptFile), reason: "A prompt has at most \(Self.limit) bytes.")
        }
      }
      return text.joined(separator: "\n")
    }
  }
}
