import EddyFiles
import Foundation
import Testing

@Suite("models that are changed by what they read")
struct AdaptationCommandTests {
  private let folder: TemporaryFolder
  private let text, held: String
  /// A run folder of a GRU.
  private let run: String

  init() throws {
    folder = try TemporaryFolder()
    text = try folder.file("text.txt", Fixture.text)
    held = try folder.file(
      "held.txt",
      Array(repeating: "the cat sees the old dog at home\n", count: 40).joined())
    run = folder("run")
    expectDone(
      try Program.run(
        ["train", text, "--output", run, "--model", "gru"] + Fixture.quick))
  }

  private func perplexity(_ model: String, _ options: String...) throws -> Double {
    try perplexity(model, options)
  }

  private func perplexity(_ model: String, _ options: [String]) throws -> Double {
    let outcome = expectDone(try Program.run(["evaluate", model, held, "--json"] + options))
    return try #require(outcome.object()["perplexity"]?.number)
  }

  @Test(
    "a cache and steps on what was read find out that a text repeats itself; the file stays as it was"
  )
  func evaluation() throws {
    let before = try bytes(of: "\(run)/model.safetensors")
    let plain = try perplexity(run)
    #expect(try perplexity(run, "--cache", "100", "--cache-weight", "0.3") < 0.95 * plain)
    #expect(try perplexity(run, "--dynamic", "0.003") < 0.95 * plain)
    let cache = ["--cache", "100"]
    let dynamic = ["--dynamic", "0.003"]
    let found = try [
      cache, cache + ["--cache-weight", "0.3"], cache + ["--cache-theta", "2"], dynamic,
      dynamic + ["--dynamic-decay", "0.5"], dynamic + ["--dynamic-window", "5"],
    ].map { try perplexity(run, $0) }
    #expect(Set(found).count == found.count)
    #expect(
      try perplexity(run, "--dynamic", "0.003", "--threads", "1")
        == perplexity(run, "--dynamic", "0.003", "--threads", "3"))
    #expect(try bytes(of: "\(run)/model.safetensors") == before)
  }

  @Test("mix chooses how much a cache counts, and its file adapts wherever it stands for a model")
  func mixture() throws {
    let mixture = folder("mixture.json")
    let mixed = try expectDone(
      Program.run(
        "mix", run, "--cache", "100", "--dynamic", "0.003", "--tune", held, "--output", mixture,
        "--json")
    ).object()
    let found = try #require(mixed["perplexity"]?.number)
    #expect(try found < perplexity(run, "--cache", "100", "--dynamic", "0.003"))
    #expect(abs(try perplexity(mixture) - found) < 1e-3)
    for (name, value) in [("theta", "0.7"), ("weight", "0.25")] {
      let given = folder("\(name).json")
      expectDone(
        try Program.run(
          "mix", run, "--cache", "100", "--cache-\(name)", value, "--tune", held, "--output", given)
      )
      let cache = try JSON(parsing: bytes(of: given)).object?["models"]?.array?[0].object?["cache"]
      #expect(cache?.object?[name]?.number == Double(value))
    }
    let twice = try Program.run("evaluate", mixture, held, "--cache", "100")
    #expect(twice.ending == .exit(1) && twice.error.contains("says how its models adapt"))
  }

  @Test("--document: lines and lists are read as one text")
  func document() throws {
    let evaluation = try expectDone(Program.run("evaluate", run, held, "--json")).object()
    let lines = try expectDone(Program.run("score", run, held, "--document")).output
    let sum = lines.split(separator: "\n").reduce(0.0) {
      $0 + (Double($1.split(separator: "\t")[0]) ?? .nan)
    }
    #expect(abs(sum - (try #require(evaluation["log_probability"]?.number))) < 0.01)
    let list = "the cat sees the dog at home\nhome at dog the sees cat the\n"
    let lists = try folder.file("lists.txt", list + "\n" + list)
    let ranked = try [[], ["--document"], ["--document", "--cache", "50"]].map { options in
      expectDone(try Program.run(["rank", run, lists] + options)).output
    }
    #expect(Set(ranked).count == 3)
    for output in ranked { #expect(output.contains("list 2")) }
  }

  @Test("mix chooses the rate of dynamic evaluation; nothing else does")
  func bestRate() throws {
    let mixture = folder("mixture.json")
    let mixed = expectDone(
      try Program.run(
        "mix", run, "--dynamic", "best", "--tune", held, "--output", mixture, "--json"))
    #expect(mixed.error.hasPrefix("Rate of dynamic evaluation: "))
    let found = try #require(mixed.object()["perplexity"]?.number)
    for rate in ["1e-4", "1e-3"] { #expect(try found < perplexity(run, "--dynamic", rate)) }
    #expect(abs(try perplexity(mixture) - found) < 1e-3)
    expectMisuse(
      try Program.run("evaluate", run, held, "--dynamic", "best"), "eddy mix")
    expectMisuse(try Program.run("evaluate", run, held, "--dynamic", "good"), "--dynamic")
  }

  @Test("what cannot adapt is refused with a sentence")
  func refusals() throws {
    let ngrams = folder("ngrams")
    expectDone(
      try Program.run("train", text, "--output", ngrams, "--model", "kneser-ney"))
    let alone = folder("alone.safetensors")
    try FileManager.default.copyItem(atPath: "\(run)/model.safetensors", toPath: alone)
    let cases: [([String], String)] = [
      (["evaluate", ngrams, held, "--cache", "100"], "no recurrent network"),
      (["score", alone, held, "--dynamic", "0.001"], "tokens.train"),
      (["evaluate", run, held, "--dynamic", "0.001", "--precision", "int8"], "float32"),
      (["mix", ngrams, "--cache", "10", "--tune", held, "--output", folder("m")], "no recurrent"),
    ]
    for (arguments, reason) in cases {
      let outcome = try Program.run(arguments)
      #expect(outcome.ending == .exit(1) && outcome.error.contains(reason), "\(arguments)")
    }
    for arguments in [
      ["evaluate", run, held, "--cache", "0"], ["evaluate", run, held, "--cache-theta", "1"],
      ["evaluate", run, held, "--dynamic", "0"], ["mix", run, "--tune", held, "--output", "m"],
    ] {
      #expect(try Program.run(arguments).ending == .exit(64), "\(arguments)")
    }
  }
}
