import EddyFiles
import Foundation
import Testing

@Suite("every kind of model, as a user meets it")
struct ModelKindTests {
  /// Trains a model of the fixture's text.
  private func train(
    _ options: [String], in folder: borrowing TemporaryFolder
  ) throws -> String {
    let text = try folder.file("text.txt", Fixture.text)
    let short = ["--batch", "4", "--window", "16", "--updates", "60", "--rate", "0.02"]
    let isNetwork = !options.contains("kneser-ney")
    let outcome = try Program.run(
      ["train", text, "--output", folder("run")] + options + (isNetwork ? short : []))
    try #require(outcome.ending == .exit(0), "\(outcome.error)")
    #expect(outcome.output.contains("erplexity"))
    return folder("run")
  }

  static let languageModels = [
    ["--model", "kneser-ney"],
    ["--model", "kneser-ney", "--order", "2", "--tokenizer", "character"],
    ["--model", "window", "--context", "3", "--embedding", "8"],
    ["--model", "concat", "--context", "3", "--embedding", "8", "--hidden", "12"],
    ["--tokenizer", "bpe", "--vocabulary", "300", "--hidden", "12"],
    ["--model", "kneser-ney", "--tokenizer", "bpe", "--vocabulary", "300"],
  ]

  @Test(
    "measures, scores, ranks, suggests, generates and tells of itself", arguments: languageModels)
  func commands(options: [String]) throws {
    let folder = try TemporaryFolder()
    let run = try train(options, in: folder)
    let evaluation = try expectDone(
      Program.run(["evaluate", run, "-", "--json"], input: Array(Fixture.text.utf8))
    ).object()
    let perplexity = try #require(evaluation["perplexity"]?.number)
    #expect(perplexity > 1 && perplexity < 1000)
    let lines = "the cat sees the dog at home\nhome at dog the sees cat the\n"
    let ranked = try Program.run("rank", run, input: lines)
    #expect(expectDone(ranked).output.contains("1\t1\t"))
    let score = try Program.run("score", run, "--words", input: lines)
    #expect(expectDone(score).output.contains("the cat sees"))
    let suggestions = try Program.run("suggest", run, "--prompt", "the ")
    #expect(!expectDone(suggestions).output.isEmpty)
    let text = try Program.run("generate", run, "--prompt", "the", "--tokens", "12")
    #expect(expectDone(text).output.hasPrefix("the"))
    let inspected = try expectDone(Program.run("inspect", run, "--json")).object()
    #expect(options.contains(inspected["model"]?.string ?? "") || inspected["model"] == "lstm")
  }

  @Test(
    "cbow fills gaps, knows words that are alike, and says that it is no language model",
    arguments: [[], ["--negative-samples", "4"]])
  func bothSides(options: [String]) throws {
    let folder = try TemporaryFolder()
    let run = try train(
      ["--model", "cbow", "--context", "2", "--embedding", "8"] + options, in: folder)
    let training = try expectDone(Program.run("inspect", run, "--json")).object()["training"]
    #expect(
      training?["options"]?["negative_samples"]?.integer == (options.isEmpty ? nil : 4))
    let filled = try Program.run("fill", run, "the cat ___ the dog", "--json")
    #expect(try expectDone(filled).json().count == 5)
    let near = try Program.run("vectors", run, "--nearest", "cat", "--count", "3")
    #expect(expectDone(near).output.split(separator: "\n").count == 3)
    let file = folder("vectors.txt")
    expectDone(
      try Program.run(
        "vectors", run, "--analogy", "cat", "dog", "girl", "--count", "1", "--export", file))
    #expect(try bytes(of: file).count > 100)
    for command in ["score", "rank", "evaluate", "suggest", "generate"] {
      let arguments = ["suggest", "generate"].contains(command) ? ["--prompt", "the"] : ["-"]
      let outcome = try Program.run([command, run] + arguments, input: Array("the\n".utf8))
      #expect(outcome.ending == .exit(1))
      #expect(outcome.error.contains("no probability of a sentence"), "\(outcome.error)")
    }
  }

  @Test("n-grams go to an ARPA file and back: the same scores")
  func arpa() throws {
    let folder = try TemporaryFolder()
    let run = try train(["--model", "kneser-ney", "--tokenizer", "whitespace"], in: folder)
    expectDone(
      try Program.run("export", run, "--format", "arpa", "--output", folder("model.arpa")))
    expectDone(
      try Program.run("import", folder("model.arpa"), "--output", folder("back.safetensors")))
    func scores(_ model: String) throws -> [Double] {
      let outcome = try Program.run(
        ["score", model, "--json"], input: Array(Fixture.sentences(20).joined(separator: "\n").utf8)
      )
      return try expectDone(outcome).json().map { try #require($0["log_probability"]?.number) }
    }
    let (before, after) = try (scores(run), scores(folder("back.safetensors")))
    #expect(before.count == 20)
    for (first, second) in zip(before, after) { #expect(abs(first - second) < 1e-4) }
    // What is there stays.
    let again = try Program.run(
      "export", run, "--format", "arpa", "--output", folder("model.arpa"))
    #expect(again.ending == .exit(1) && again.error.contains("Is there already"))
  }

  @Test("byte pairs go to a tokenizer.json, with which another model is trained")
  func tokenizer() throws {
    let folder = try TemporaryFolder()
    let run = try train(["--tokenizer", "bpe", "--vocabulary", "300", "--hidden", "4"], in: folder)
    let file = folder("tokenizer.json")
    expectDone(try Program.run("export", run, "--format", "tokenizer", "--output", file))
    let outcome = try Program.run(
      "train", folder("text.txt"), "--output", folder("other"), "--tokenizer", "bpe",
      "--tokenizer-file", file, "--model", "kneser-ney")
    expectDone(outcome)
    let sizes = try [run, folder("other")].map {
      try expectDone(Program.run("inspect", $0, "--json")).object()["vocabulary_size"]
    }
    #expect(sizes[0] == sizes[1])
  }

  @Test("a mixture stands wherever a model does, and is better than each of its models")
  func mixture() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text.txt", Fixture.text)
    let held = try folder.file(
      "held.txt", Fixture.sentences(430).suffix(30).joined(separator: "\n"))
    func train(_ name: String, _ options: [String]) throws {
      let outcome = try Program.run(
        ["train", text, "--valid", held, "--output", folder(name)] + options)
      expectDone(outcome)
    }
    try train("ngrams", ["--model", "kneser-ney", "--order", "3"])
    try train("rnn", Fixture.quick + ["--model", "rnn", "--tied", "--embedding", "8"])
    try train("characters", Fixture.quick + ["--tokenizer", "character"])
    let mixture = folder("mixture.json")
    let mixed = try expectDone(
      Program.run(
        "mix", folder("ngrams"), folder("rnn"), "--tune", held, "--output", mixture, "--json")
    ).object()
    let perplexity = try #require(mixed["perplexity"]?.number)
    for model in mixed["models"]?.array ?? [] {
      #expect(try #require(model["perplexity"]?.number) > perplexity - 1e-3)
    }
    let evaluation = try expectDone(Program.run("evaluate", mixture, held, "--json")).object()
    #expect(abs(try #require(evaluation["perplexity"]?.number) - perplexity) < 1e-3)
    let lines = "the cat sees the dog at home\nhome at dog the sees cat the\n"
    #expect(expectDone(try Program.run("rank", mixture, input: lines)).output.contains("1\t1\t"))
    expectDone(try Program.run("generate", mixture, "--prompt", "the", "--tokens", "5"))

    let again = try Program.run(
      "mix", folder("ngrams"), folder("rnn"), "--tune", held, "--output", mixture)
    #expect(again.ending == .exit(1) && again.error.contains("Is there already"))
    let other = try Program.run(
      "mix", folder("ngrams"), folder("characters"), "--tune", held, "--output", folder("new"))
    #expect(other.ending == .exit(1) && other.error.contains("another vocabulary"))
    let nested = try Program.run(
      "mix", mixture, folder("rnn"), "--tune", held, "--output", folder("new"))
    #expect(nested.ending == .exit(1) && nested.error.contains("a mixture itself"))
    let described = try Program.run("inspect", mixture)
    #expect(described.ending == .exit(1) && described.error.contains("a mixture of models"))
    let spaced = try folder.file(
      "spaced.json",
      #"""
       { "models": [ {"weight": 0.5, "path": "rnn"}, {"path": "ngrams", "weight": 0.5} ],
         "eddy.mixture": 1 }
      """#)
    expectDone(try Program.run("score", spaced, input: lines))
    let compared = try expectDone(
      Program.run(
        ["evaluate", mixture, "-", "--against", folder("rnn"), "--json"],
        input: Array(Fixture.text.utf8))
    ).object()
    #expect(compared["comparison"]?["perplexity_ratio"]?.number != nil)
    let foreign = try Program.run("evaluate", mixture, text, "--against", folder("characters"))
    #expect(foreign.ending == .exit(1) && foreign.error.contains("another vocabulary"))
    let damaged = try folder.file(
      "damaged.json", #"{"eddy.mixture":1,"models":[{"path":"rnn","weight":0.5}]}"#)
    let refused = try Program.run("score", damaged, input: "the\n")
    #expect(refused.ending == .exit(1) && refused.error.contains("add up to 1"), "\(refused.error)")
  }
}
