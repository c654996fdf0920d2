import ArgumentParser
import EddyFiles
import Foundation
import SystemPackage

/// The folder with everything that both sides read; `prepare` makes it.
struct JobFolder: ParsableArguments {
  @Option(help: "The folder that 'prepare' has filled.")
  var folder: String

  var model: FilePath { FilePath(folder).appending("model.safetensors") }

  /// A file of token ids.
  func tokens(_ name: String) throws -> [Int] {
    let bytes = [UInt8](try Data(contentsOf: url(name)))
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      (0..<4).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
    }
  }

  /// Writes token ids: 4 bytes each, the lowest first.
  func write(_ tokens: [Int], to name: String) throws {
    let bytes = tokens.flatMap { token in (0..<4).map { UInt8(token >> (8 * $0) & 0xFF) } }
    try Data(bytes).write(to: url(name))
  }

  /// A file of sentences, one a line.
  func sentences(_ name: String) throws -> [String] {
    try String(contentsOf: url(name), encoding: .utf8).split(separator: "\n").map(String.init)
  }

  func write(_ sentences: [String], to name: String) throws {
    try Data((sentences.joined(separator: "\n") + "\n").utf8).write(to: url(name))
  }

  private func url(_ name: String) -> URL { URL(filePath: folder).appending(path: name) }
}
