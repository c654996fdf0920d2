import EddyFiles
import Foundation
import Testing

/// Trainings that go on with other text.
@Suite("continuing on new text")
struct ContinuationTests {
  /// Words that the first text has, among words that it has not.
  private static let newText = String(
    repeating: "the dragon sees the cat again\nthe cat follows the dragon at home\n", count: 60)

  private func perplexity(_ outcome: Outcome) throws -> Double {
    try #require(try outcome.object()["validation"]?["perplexity"]?.number)
  }

  @Test("a model learns the new text, and the old run stays as it was")
  func learns() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("new", Self.newText)
    let old = try Fixture.model()
    let before = try bytes(of: old + "/model.safetensors")
    for growth in [[], ["--grow-vocabulary"], ["--grow-vocabulary", "--minimum-count", "61"]] {
      let run = folder("run\(growth.count)")
      let outcome = expectDone(
        try Program.run(
          ["resume", old, "--continue-on", text, "--output", run, "--json", "--rate", "0.01"]
            + growth))
      #expect(outcome.error.contains("after 0 epochs (0 updates)"))
      #expect(try perplexity(outcome) < 10)
      #expect(try bytes(of: old + "/model.safetensors") == before)
      let score = try Program.run("score", run, "--json", input: "the dragon\n").object()
      #expect(score["unknown_tokens"] == (growth.count == 0 ? 1 : 0))
      let sizes = try [old, run].map { path in
        try #require(
          try Program.run("inspect", path, "--json").object()["vocabulary_size"]?.integer)
      }
      #expect(sizes[1] - sizes[0] == (growth.count == 0 ? 0 : 1))
    }
  }

  @Test("a model with small weights goes on in float32")
  func quantised() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("new", Self.newText)
    let small = folder("small.safetensors")
    expectDone(
      try Program.run(
        "quantize", try Fixture.model(), "--precision", "int8", "--output", small))
    let outcome = expectDone(
      try Program.run(
        "resume", small, "--continue-on", text, "--output", folder("run"), "--json", "--rate",
        "0.01"))
    #expect(try perplexity(outcome) < 10)
    let model = try Program.run("inspect", folder("run"), "--json").object()
    #expect(model["precision"] == "float32")
  }

  @Test("in place, killed and resumed: the same bytes as uninterrupted")
  func resumes() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let new = try folder.file("new", Self.newText)
    for run in ["whole", "run"] {
      expectDone(try Fixture.train(text, output: folder(run)))
    }
    let options = ["--continue-on", new, "--grow-vocabulary"]
    expectDone(try Program.run(["resume", folder("whole")] + options))
    let program = try RunningProgram(
      ["resume", folder("run"), "--checkpoint-every", "0"] + options)
    #expect(program.waits { program.errorSoFar.contains("best so far") })
    usleep(20_000)
    program.send(SIGKILL)
    if try program.wait().ending != .exit(0) {
      // Killed before the first checkpoint, nothing has begun.
      let has = FileManager.default.fileExists(atPath: folder("run/checkpoint.safetensors"))
      expectDone(try Program.run(["resume", folder("run")] + (has ? [] : options)))
    }
    for file in ResumeTests.files {
      #expect(
        try bytes(of: folder("run/\(file)")) == bytes(of: folder("whole/\(file)")), "\(file)")
    }
  }

  @Test("a text that makes it worse leaves the model as it was")
  func keepsTheBetter() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("new", Self.newText)
    let valid = try folder.file("valid", Fixture.sentences(40).joined(separator: "\n"))
    let outcome = expectDone(
      try Program.run([
        "resume", try Fixture.model(), "--continue-on", text, "--valid", valid, "--output",
        folder("run"), "--json", "--rate", "0.1",
      ]))
    let evaluation = try Program.run("evaluate", try Fixture.model(), valid, "--json").object()
    #expect(try outcome.object()["validation"]?["perplexity"] == evaluation["perplexity"])
  }

  @Test("refused: no model, another run's folder, a bad text; options alone are misuse")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("new", Self.newText)
    let model = try Fixture.model()
    expectRefused(
      try Program.run("resume", folder("nothing"), "--continue-on", text), "nothing")
    #expect(!FileManager.default.fileExists(atPath: folder("nothing")))
    expectRefused(
      try Program.run("resume", model, "--continue-on", text, "--output", model), "Holds a model")
    let bad = try folder.file("bad", [0x61, 0xFF])
    let before = try bytes(of: model + "/checkpoint.safetensors")
    expectRefused(try Program.run("resume", model, "--continue-on", bad), "bad", "byte 1")
    #expect(try bytes(of: model + "/checkpoint.safetensors") == before)
    for options in [
      ["--grow-vocabulary"], ["--epochs", "3"], ["--output", folder("x")], ["--rate", "1"],
      ["--continue-on", text, "--minimum-count", "2"], ["--continue-on", text, "--epochs", "0"],
    ] {
      expectMisuse(
        try Program.run(["resume", model] + options),
        options[options.count == 1 ? 0 : options.count - 2])
    }
  }
}
