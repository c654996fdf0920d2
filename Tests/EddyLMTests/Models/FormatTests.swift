import EddyFiles
import EddyLM
import EddyNN
import Foundation
import SystemPackage
import Testing

/// Model files of every released format version, which stay as they were released.
@Suite("model files of released versions")
struct FormatTests {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Formats")

  /// `v1/lstm-word` and so on.
  static let models: [String] = {
    let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return (files ?? []).filter { $0.hasSuffix(".safetensors") }
      .map { String($0.dropLast(".safetensors".count)) }.sorted()
  }()

  private static func path(_ name: String) -> FilePath {
    FilePath(folder.appending(path: name).path)
  }

  @Test("every version, cell, tokenizer and precision is among them")
  func complete() throws {
    for version in 1...ModelFile.formatVersion {
      #expect(Self.models.contains { $0.hasPrefix("v\(version)/") })
    }
    let found = try Self.models.map { name in
      try ModelDescription(of: Self.path("\(name).safetensors")).json
    }
    for kind in ModelKind.allCases where kind != .cbow {
      #expect(found.contains { $0["model"]?.string == kind.rawValue })
    }
    for kind in Tokenizer.Kind.allCases {
      #expect(found.contains { $0["tokenizer"]?["kind"]?.string == kind.rawValue })
    }
    for precision in Precision.allCases {
      #expect(found.contains { $0["precision"]?.string == precision.rawValue })
    }
  }

  @Test("give the scores that they gave then, to the last bit", arguments: models)
  func scores(name: String) throws {
    func check(_ model: some LanguageModel, _ line: JSON) throws {
      let text = try #require(line["text"]?.string)
      let score = SentenceScorer(model, team: .serial).score(text)
      #expect(score.logProbability == line["log_probability"]?.number)
      #expect(score.tokens == line["tokens"]?.integer.map(Int.init))
    }
    let model = try ModelFile.read(Self.path("\(name).safetensors"))
    var lines = try LineReader(path: Self.path("\(name).scores.jsonl"))
    var count = 0
    while let line = try lines.next() {
      try check(model, JSON(parsing: line.bytes))
      count += 1
    }
    #expect(count == 3)
  }

  /// A small model, and a small checkpoint with which fuzzing begins.
  static let small: [String] = [
    "v1/rnn-character", "v2/gru-int8", "../../../Fuzz/Corpus/checkpoint/lstm-character",
  ]

  private func read(_ path: FilePath, like name: String) throws {
    if name.contains("checkpoint") {
      let checkpoint = try OpenCheckpoint(path)
      func read<Network: LanguageNetwork>(_ kind: Network.Type) throws {
        _ = try checkpoint.read(kind)
      }
      try read(checkpoint.options.model.trained)
    } else {
      _ = try ModelFile.read(path)
    }
  }

  private func whole(_ name: String) throws -> [UInt8] {
    let suffix = name.contains("checkpoint") ? "" : ".safetensors"
    return Array(try Data(contentsOf: Self.folder.appending(path: name + suffix)))
  }

  private func expectRefused(_ path: FilePath, like name: String, _ damage: String) {
    do {
      try read(path, like: name)
      Issue.record("\(damage): accepted")
    } catch {
      #expect("\(error)".contains(path.string), "\(damage): \(error)")
    }
  }

  @Test("cut short at every byte: refused, with the file's name", arguments: small)
  func truncated(name: String) throws {
    let folder = try TextFolder()
    let whole = try whole(name)
    try read(folder.file("whole", whole), like: name)
    for count in 0..<whole.count {
      try expectRefused(folder.file("cut", whole[..<count]), like: name, "\(count) bytes")
    }
  }

  @Test("with every bit flipped, one at a time: refused, with the file's name", arguments: small)
  func flipped(name: String) throws {
    let folder = try TextFolder()
    var bytes = try whole(name)
    for bit in 0..<8 * bytes.count {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      try expectRefused(folder.file("flipped", bytes), like: name, "bit \(bit)")
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }
}
