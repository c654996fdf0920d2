import EddyFiles
import Foundation
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("damaged model files")
struct DamagedModelTests {
  /// What becomes of the bytes of a good model, and what the complaint says.
  static let damages: [Case<@Sendable ([UInt8]) throws -> [UInt8]>] = [
    Case("0 bytes", { _ in [] }, "0 bytes"),
    Case("under 8 bytes", { Array($0.prefix(5)) }, "5 bytes"),
    Case("truncated in the header", { Array($0.prefix(100)) }, "eader"),
    Case("truncated in the weights", { Array($0.dropLast(1000)) }),
    Case("the last byte missing", { Array($0.dropLast()) }),
    Case("a byte too many", { $0 + [0] }),
    Case("a flipped bit in the weights", { flipped($0, at: $0.count - 9) }, "checksum"),
    Case("a flipped bit in the metadata", { flipped($0, at: 40) }),
    Case("a flipped bit in the header's length", { flipped($0, at: 7) }, "eader"),
    Case("a text file", { _ in Array(Fixture.text.utf8) }, "eader"),
    Case("zeros", { _ in [UInt8](repeating: 0, count: 4096) }, "eader"),
    Case(
      "a newer format", { try rewritten($0) { $0.metadata["eddy.format"] = "4" } }, "version '4'"),
    Case(
      "the format of small weights", { try rewritten($0) { $0.metadata["eddy.format"] = "2" } },
      "precision"),
    Case("no format", { try rewritten($0) { $0.metadata["eddy.format"] = nil } }, "eddy.format"),
    Case(
      "a missing tensor", { try rewritten($0, without: "decoder.bias") }, "decoder.bias", "missing"),
    Case(
      "a missing vocabulary", { try rewritten($0, without: "vocabulary.bytes") }, "vocabulary.bytes"
    ),
    Case(
      "an extra tensor", { try rewritten($0) { $0.add("extra", shape: [1], floats: [0]) } }, "extra"
    ),
    Case(
      "hidden size 2³¹",
      { try rewritten($0) { try configure(&$0, "hidden_size", .integer(1 << 31)) } }, "hidden_size"),
    Case(
      "hidden size −1",
      { try rewritten($0) { try configure(&$0, "hidden_size", .integer(-1)) } }, "hidden_size"),
    Case(
      "another hidden size",
      { try rewritten($0) { try configure(&$0, "hidden_size", .integer(17)) } }, "shape"),
    Case(
      "10⁹ layers",
      { try rewritten($0) { try configure(&$0, "layers", .integer(1_000_000_000)) } }, "layers"),
    Case(
      "an unknown cell",
      { try rewritten($0) { try configure(&$0, "model", "transformer") } }, "lstm"),
    Case(
      "a word vector that panels would make 32 times larger",
      { try rewritten($0) { try configure(&$0, "embedding_size", .integer(65_537)) } },
      "embedding_size"),
    Case(
      "small integers as weights", { try withSmallIntegers($0, "decoder.bias") }, "decoder.bias",
      "dtype I8"),
    Case(
      "small integers as counts", { try withSmallIntegers($0, "vocabulary.counts") },
      "vocabulary.counts", "dtype I8"),
    Case(
      "two biases whose sum is infinite",
      { model in
        let name = "rnn.bias_hh_l0"
        return try rewritten(
          try rewritten(model, without: name) {
            try fill(&$0, name, of: model)
          }, without: "rnn.bias_ih_l0"
        ) { try fill(&$0, "rnn.bias_ih_l0", of: model) }
      }, "rnn.bias_hh_l0", "finite"),
    Case(
      "no configuration",
      { try rewritten($0) { $0.metadata["eddy.configuration"] = nil } }, "eddy.configuration"),
  ]

  @Test("exit code 1 and one sentence with the file", arguments: damages)
  func damaged(row: Case<@Sendable ([UInt8]) throws -> [UInt8]>) throws {
    let folder = try TemporaryFolder()
    let good = try bytes(of: Fixture.model() + "/model.safetensors")
    let file = try folder.file("model.safetensors", try row.value(good))
    for arguments in [["score", file], ["suggest", folder("."), "--prompt", "the "]] {
      let outcome = try Program.run(arguments, input: Array("the cat\n".utf8))
      expectRefused(outcome, "model.safetensors")
      for fragment in row.fragments {
        #expect(outcome.error.contains(fragment), "\(outcome.error)")
      }
    }
    let inspected = try Program.run("inspect", file)
    #expect([.exit(0), .exit(1)].contains(inspected.ending), "\(inspected.error)")
  }

  @Test("no model at all, within a moment")
  func noModel() throws {
    let folder = try TemporaryFolder()
    let pipe = folder("pipe")
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    for model in [folder("."), folder("nothing"), pipe, "/dev/zero", "/dev/null", ""] {
      for command in ["score", "inspect"] {
        let outcome = try Program.run([command, model], timeLimit: .seconds(20))
        expectRefused(outcome, model.isEmpty ? "''" : model)
      }
    }
  }

  @Test("a good model, written anew, is taken: what is refused is the damage")
  func rewrittenAsIs() throws {
    let folder = try TemporaryFolder()
    let good = try bytes(of: Fixture.model() + "/model.safetensors")
    let file = try folder.file("model.safetensors", try rewritten(good) { _ in })
    expectDone(try Program.run("score", file, input: "the cat\n"))
    expectDone(try Program.run("score", folder("."), input: "the cat\n"))
  }
}

private func flipped(_ bytes: [UInt8], at index: Int) -> [UInt8] {
  var bytes = bytes
  bytes[index] ^= 4
  return bytes
}

/// The same model with a change and a new checksum.
private func rewritten(
  _ bytes: [UInt8], without name: String? = nil,
  _ change: (inout SafetensorsWriter) throws -> Void = { _ in }
) throws -> [UInt8] {
  let folder = try TemporaryFolder()
  let file = try Safetensors(path: FilePath(try folder.file("old", bytes)))
  var writer = SafetensorsWriter(metadata: file.metadata.filter { $0.key != "eddy.crc32c" })
  for (tensor, contents) in file.tensors.sorted(by: { $0.key < $1.key }) where tensor != name {
    let data = Array(bytes[contents.range])
    writer.add(tensor, dtype: contents.dtype, shape: contents.shape) { sink in
      try unsafe sink(data.span.bytes)
    }
  }
  try change(&writer)
  try writer.write(to: folder.path.appending("new"))
  return try Array(Data(contentsOf: URL(filePath: folder("new"))))
}

/// Adds a vector of the largest numbers that are finite.
private func fill(_ writer: inout SafetensorsWriter, _ name: String, of model: [UInt8]) throws {
  let shape = try shape(of: name, in: model)
  writer.add(
    name, shape: shape, floats: [Float](repeating: .greatestFiniteMagnitude, count: shape[0]))
}

/// The same model with a vector of zeros that take a byte each.
private func withSmallIntegers(_ model: [UInt8], _ name: String) throws -> [UInt8] {
  try rewritten(model, without: name) { writer in
    let shape = try shape(of: name, in: model)
    writer.add(name, dtype: .int8, shape: shape) { sink in
      try unsafe sink([Int8](repeating: 0, count: shape[0]).span.bytes)
    }
  }
}

private func shape(of name: String, in bytes: [UInt8]) throws -> [Int] {
  let folder = try TemporaryFolder()
  return try Safetensors(path: FilePath(try folder.file("old", bytes))).tensor(name).shape
}

private func configure(
  _ writer: inout SafetensorsWriter, _ field: String, _ value: JSON
) throws {
  let text = try #require(writer.metadata["eddy.configuration"])
  var object = try #require(try JSON(parsing: Array(text.utf8)).object)
  object[field] = value
  writer.metadata["eddy.configuration"] = JSON.object(object).serialized
}
