import EddyFiles
import Foundation
import Testing

@Suite("models with small weights")
struct QuantisationTests {
  static let precisions = ["bfloat16", "int8"]
  static let kinds = ["rnn", "lstm", "gru"]

  /// The file that a model becomes.
  private static func quantised(
    _ kind: String, _ precision: String, in folder: borrowing TemporaryFolder
  ) throws -> String {
    let file = folder("\(kind)-\(precision).safetensors")
    let outcome = try Program.run(
      "quantize", try Fixture.model(kind), "--precision", precision, "--output", file, "--json")
    let answer = try expectDone(outcome).object()
    #expect(answer["model"]?.string == file)
    #expect(answer["precision"]?.string == precision)
    #expect(answer["bytes"]?.integer == Int64(try bytes(of: file).count))
    #expect(
      answer["bytes_before"]?.integer
        == Int64(try bytes(of: Fixture.model(kind) + "/model.safetensors").count))
    return file
  }

  @Test("the perplexity is within 1 % of that of float32", arguments: kinds, precisions)
  func perplexity(kind: String, precision: String) throws {
    func perplexity(_ options: String...) throws -> Double {
      let outcome = try Program.run(
        ["evaluate", try Fixture.model(kind), "-", "--json"] + options,
        input: Array(Fixture.text.utf8))
      return try #require(try expectDone(outcome).object()["perplexity"]?.number)
    }
    let (exact, rounded) = try (perplexity(), perplexity("--precision", precision))
    #expect(exact != rounded)
    #expect(abs(rounded / exact - 1) < 0.01, "\(rounded) in place of \(exact)")
  }

  /// A line of arguments for each command that runs a model.
  static let commands = CommandLineTests.answers.map(\.value).filter { $0[0] != "inspect" }

  @Test(
    "every command answers as with --precision, on any kernels and threads", arguments: precisions)
  func sameAnswers(precision: String) throws {
    let folder = try TemporaryFolder()
    let file = try Self.quantised("lstm", precision, in: folder)
    let input = Array("the cat sees the dog at home\nthe queen finds the zebra\n".utf8)
    for command in Self.commands {
      func answer(
        _ model: String, _ options: String..., environment: [String: String] = [:]
      ) throws -> String {
        let arguments = command.map { $0 == "MODEL" ? model : $0 }
        return expectDone(
          try Program.run(arguments + options, input: input, environment: environment)
        ).output
      }
      let expected = try answer(Fixture.model(), "--precision", precision, "--threads", "1")
      #expect(!expected.isEmpty)
      for threads in ["1", "2", "3"] {
        #expect(try answer(file, "--threads", threads) == expected, "\(command)")
      }
      #expect(
        try answer(file, environment: ["EDDY_KERNELS": "baseline"]) == expected, "\(command)")
    }
  }

  @Test("a sentence alone, in a batch and word by word", arguments: kinds, precisions)
  func batches(kind: String, precision: String) throws {
    let folder = try TemporaryFolder()
    let file = try Self.quantised(kind, precision, in: folder)
    let sentences = Fixture.sentences(40)
    func scores(_ lines: [String]) throws -> [JSON] {
      try expectDone(
        try Program.run(
          ["score", file, "--json", "--words"],
          input: Array((lines.joined(separator: "\n") + "\n").utf8))
      ).json()
    }
    let all = try scores(sentences)
    #expect(all.count == 40)
    for index in [0, 17, 39] { #expect(try scores([sentences[index]]) == [all[index]]) }
  }

  @Test("inspect says what a file is, for a person, too", arguments: precisions)
  func inspected(precision: String) throws {
    let folder = try TemporaryFolder()
    let file = try Self.quantised("lstm", precision, in: folder)
    let (before, after) = try (
      Program.run("inspect", try Fixture.model(), "--json").object(),
      Program.run("inspect", file, "--json").object()
    )
    #expect(before["precision"] == "float32")
    #expect(after["precision"]?.string == precision)
    for field in ["model", "weights", "vocabulary_size", "hidden_size", "training", "tokenizer"] {
      #expect(before[field] == after[field])
    }
    let table = expectDone(try Program.run("inspect", file)).output
    #expect(table.contains(precision) && table.contains("before it was quantised"))
  }

  @Test("refused: no model, a damaged one, a file that is there; for a person, one line")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let model = try Fixture.model()
    let new = folder("new")
    func quantise(_ model: String, _ output: String) throws -> Outcome {
      try Program.run("quantize", model, "--precision", "int8", "--output", output)
    }
    expectRefused(try quantise(folder("nothing"), new), "nothing")
    var damaged = try bytes(of: model + "/model.safetensors")
    damaged[damaged.count - 9] ^= 4
    expectRefused(try quantise(try folder.file("damaged", damaged), new), "damaged", "checksum")
    let before = try bytes(of: model + "/model.safetensors")
    expectRefused(
      try quantise(model, model + "/model.safetensors"), "model.safetensors", "already")
    #expect(try bytes(of: model + "/model.safetensors") == before)
    expectRefused(try quantise(model, folder(".")), "already")
    expectRefused(try quantise(model, folder("no/folder")), "no/folder")
    #expect(try folder.names() == ["damaged"])
    let outcome = expectDone(try quantise(model, new))
    #expect(outcome.output.hasPrefix("Model: \(new) (int8, "))
    #expect(outcome.output.filter { $0 == "\n" }.count == 1)
    #expect(outcome.error.isEmpty)
  }
}
