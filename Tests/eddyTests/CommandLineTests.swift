import EddyFiles
import Foundation
import Testing

@Suite("the command line")
struct CommandLineTests {
  static let commands = [
    "train", "plan", "evaluate", "score", "rank", "filter", "suggest", "generate", "quantize",
    "inspect",
  ]

  @Test("--version prints a version and nothing else")
  func version() throws {
    let outcome = expectDone(try Program.run("--version"))
    #expect(outcome.output.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+\n/) != nil, "\(outcome.output)")
    #expect(outcome.error.isEmpty)
  }

  @Test("help names every command and the exit codes")
  func help() throws {
    for arguments in [["--help"], ["help"], []] {
      let outcome = expectDone(try Program.run(arguments))
      for command in Self.commands {
        #expect(outcome.output.contains(try Regex("\n  \(command) ")), "\(command)")
      }
      #expect(outcome.output.contains("0 done, 1 failed, 64 misuse, 130 interrupted"))
      #expect(outcome.error.isEmpty)
    }
  }

  @Test("every command explains itself", arguments: commands)
  func helpOfCommand(command: String) throws {
    let asked = expectDone(try Program.run(command, "--help"))
    let helped = expectDone(try Program.run("help", command))
    #expect(asked.output == helped.output)
    #expect(asked.output.contains("USAGE: eddy \(command)"))
    #expect(asked.output.contains("OVERVIEW: "))
    #expect(asked.output.contains("--json"))
    for line in asked.output.split(separator: "\n") where line.hasPrefix("  --") {
      // An option has words that explain it, beside it or on the next line.
      #expect(!line.hasSuffix("-->"), "\(line)")
    }
  }

  /// Arguments that cannot be meant, and what the complaint says.
  static let misuses: [Case<[String]>] = [
    Case("an unknown command", ["sing"], "sing"),
    Case("an unknown option", ["inspect", "m", "--loud"], "--loud"),
    Case("no text to train on", ["train", "--output", "r"], "texts"),
    Case("no run folder", ["train", "t.txt"], "--output"),
    Case("no model", ["score"], "model"),
    Case("an unknown cell", ["train", "t", "--output", "r", "--model", "transformer"], "gru"),
    Case("an unknown tokeniser", ["train", "t", "--output", "r", "--tokenizer", "morse"], "byte"),
    Case("no hidden units", ["train", "t", "--output", "r", "--hidden", "0"], "--hidden"),
    Case("a negative batch", ["plan", "t", "--batch=-1"], "--batch"),
    Case("a window of 2⁶³", ["plan", "t", "--window", "9223372036854775808"], "--window"),
    Case("a window of 2⁶³−1", ["plan", "t", "--window", "9223372036854775807"], "--window"),
    Case("a vocabulary of 1", ["plan", "t", "--vocabulary", "1"], "--vocabulary"),
    Case("a minimum count of 0", ["plan", "t", "--minimum-count", "0"], "--minimum-count"),
    Case("graphemes of words", ["plan", "t", "--graphemes"], "--graphemes"),
    Case("no minutes", ["train", "t", "--output", "o", "--minutes", "0"], "--minutes"),
    Case(
      "minutes and epochs", ["plan", "t", "--minutes", "1", "--epochs", "2"], "--epochs"),
    Case("minutes like another", ["plan", "t", "--minutes", "1", "--like", "m"], "--like"),
    Case("all words dropped", ["plan", "t", "--embedding-dropout", "1"], "--embedding-dropout"),
    Case(
      "recurrent weights of a window",
      ["plan", "t", "--model", "window", "--recurrent-dropout", "0.1"], "--recurrent-dropout"),
    Case(
      "smoothing of a part of the gradient",
      ["plan", "t", "--label-smoothing", "0.1", "--gradient-thinning", "0.1"], "--label-smoothing"),
    Case(
      "dropout of n-grams", ["plan", "t", "--model", "kneser-ney", "--variational"], "--variational"
    ),
    Case("averaging from the start", ["plan", "t", "--averaging", "0"], "--averaging"),
    Case("a rate that is no number", ["plan", "t", "--rate", "nan"], "--rate"),
    Case("a rate of 0", ["plan", "t", "--rate", "0"], "--rate"),
    Case("an infinite clip", ["plan", "t", "--clip", "inf"], "--clip"),
    Case("a thinning of 2", ["train", "t", "--output", "r", "--gradient-thinning", "2"], "0 to 1"),
    Case("a negative thinning", ["plan", "t", "--gradient-thinning=-1"], "--gradient-thinning"),
    Case("a thinning that is no number", ["plan", "t", "--gradient-thinning", "nan"], "0 to 1"),
    Case(
      "a precision that there is not", ["train", "t", "--output", "r", "--precision", "half"],
      "bfloat16"),
    Case("a negative patience", ["plan", "t", "--patience=-1"], "--patience"),
    Case("a negative seed", ["plan", "t", "--seed=-1"], "--seed"),
    Case("a step that grows", ["plan", "t", "--step-factor", "1.5"], "--step-factor"),
    Case("a step of no schedule", ["plan", "t", "--step-after", "2"], "needs --schedule step"),
    Case(
      "too many models",
      ["mix", "--tune", "t", "--output", "o"] + Array(repeating: "m", count: 65),
      "1 to 64"),
    Case("no threads", ["score", "m", "--threads", "0"], "--threads"),
    Case("a million threads", ["score", "m", "--threads", "1000000"], "--threads"),
    Case("an unknown base", ["score", "m", "--log-base", "3"], "--log-base"),
    Case("two formats", ["rank", "m", "--tsv", "--jsonl"], "exclude"),
    Case("columns of no table", ["rank", "m", "--columns", "id,text"], "--tsv"),
    Case("a weight without a number", ["rank", "m", "--weight", "acoustic"], "--weight"),
    Case("a weight that is no number", ["rank", "m", "--weight", "acoustic=nan"], "--weight"),
    Case("a weight twice", ["rank", "m", "--weight", "a=1", "--weight", "a=2"], "twice"),
    Case("a filter without a threshold", ["filter", "m"], "perplexity"),
    Case("a threshold that is no number", ["filter", "m", "--keep-below", "nan"], "perplexity"),
    Case(
      "thresholds that nothing passes",
      ["filter", "m", "--keep-below", "2", "--keep-above", "3"], "No line"),
    Case("no suggestion", ["suggest", "m", "--count", "0"], "--count"),
    Case("two prompts", ["suggest", "m", "--prompt", "a", "--prompt-file", "f"], "exclude"),
    Case(
      "a temperature that is no number", ["generate", "m", "--temperature", "nan"], "emperature"),
    Case("a negative temperature", ["generate", "m", "--temperature=-1"], "emperature"),
    Case("a negative top-k", ["generate", "m", "--top-k=-1"], "top"),
    Case("a top-p above 1", ["generate", "m", "--top-p", "1.5"], "top"),
    Case("a negative length", ["generate", "m", "--tokens=-1"], "token"),
    Case("no text", ["generate", "m", "--count", "0"], "1"),
    Case("an empty stop string", ["generate", "m", "--stop", ""], "stop"),
    Case(
      "a training in int8", ["train", "t", "--output", "r", "--precision", "int8"],
      "float32 or bfloat16; int8 is for models that are trained"),
    Case("a plan in int8", ["plan", "t", "--precision", "int8"], "float32 or bfloat16"),
    Case("an unknown precision", ["score", "m", "--precision", "int4"], "int8"),
    Case(
      "quantised to float32", ["quantize", "m", "--output", "n", "--precision", "float32"],
      "'bfloat16' and 'int8'"),
    Case("quantised to nothing", ["quantize", "m", "--output", "n"], "--precision"),
    Case("quantised to nowhere", ["quantize", "m", "--precision", "int8"], "--output"),
  ]

  @Test("misuse: exit code 64, what was wrong, how it is used", arguments: misuses)
  func misuse(row: Case<[String]>) throws {
    expectMisuse(try Program.run(row.value), row.fragment)
  }

  /// A line of arguments for each command that needs a model.
  static let answers: [Case<[String]>] = [
    Case("evaluate", ["evaluate", "MODEL", "-"]), Case("score", ["score", "MODEL"]),
    Case("evaluate --words", ["evaluate", "MODEL", "-", "--words", "--breakdown"]),
    Case("score --words", ["score", "MODEL", "--words", "--normalize", "token"]),
    Case("rank", ["rank", "MODEL", "--words"]),
    Case("filter", ["filter", "MODEL", "--keep-below", "1e9"]),
    Case("suggest", ["suggest", "MODEL", "--prompt", "the "]),
    Case("generate", ["generate", "MODEL", "--count", "2", "--tokens", "9", "--prompt", "the"]),
    Case("inspect", ["inspect", "MODEL"]),
  ]

  @Test("--json writes JSON Lines, each an object", arguments: answers)
  func jsonLines(row: Case<[String]>) throws {
    let arguments = try row.value.map { $0 == "MODEL" ? try Fixture.model() : $0 } + ["--json"]
    let input = "the cat sees the dog at home\nthe \"queen\"\t\\ \u{1} finds the fish again\n"
    let outcome = expectDone(try Program.run(arguments, input: Array(input.utf8)))
    let lines = try outcome.json()
    #expect(!lines.isEmpty)
    for line in lines { #expect(line.object != nil) }
    expectPlain(outcome)
  }

  @Test("answers for a person hold no escape codes either", arguments: answers)
  func plainAnswers(row: Case<[String]>) throws {
    let arguments = try row.value.map { $0 == "MODEL" ? try Fixture.model() : $0 }
    let input = "the cat sees the dog at home\n"
    let outcome = expectDone(try Program.run(arguments, input: Array(input.utf8)))
    #expect(!outcome.output.isEmpty)
    expectPlain(outcome)
  }

  @Test("train and plan: results on standard output, progress on standard error, JSON Lines")
  func trainingStreams() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let trained = expectDone(try Fixture.train(text, output: folder("json"), options: ["--json"]))
    let result = try #require(try trained.json().first)
    #expect(try trained.json().count == 1)
    #expect(result["model"]?.string == folder("json/model.safetensors"))
    #expect(result["updates"] == 30)
    #expect(result["ending"] == "finished")
    #expect(result["validation"]?["perplexity"]?.number ?? 0 > 1)
    #expect(trained.error.contains("validation perplexity"))
    expectPlain(trained)

    let told = expectDone(try Fixture.train(text, output: folder("person")))
    #expect(told.output.hasPrefix("Model: \(folder("person/model.safetensors"))"))
    #expect(told.output.contains("Validation perplexity: "))
    expectPlain(told)

    let planned = expectDone(try Program.run(["plan", text, "--json"] + Fixture.quick))
    #expect(try planned.json().count == 1)
    #expect(try planned.json().first?["updates"] == 30)
    expectPlain(planned)
    #expect(try folder.names() == ["json", "person", "text"])
  }

  @Test(
    "a large vocabulary's gradient is thinned unless told otherwise",
    arguments: [([], 0.002), (["--gradient-thinning", "0"], 0)] as [([String], Double)])
  func thinningByDefault(options: [String], epsilon: Double) throws {
    let folder = try TemporaryFolder()
    let words = (0..<4_000).map { "w\($0)" }.joined(separator: " ")
    let text = try folder.file("text", "\(words)\n\(words)\n")
    let planned = try Program.run(["plan", text, "--json", "--hidden", "4"] + options).object()
    let chosen = try #require(planned["options"]?["gradient_thinning"]?.number)
    #expect(abs(chosen - epsilon) < 1e-6)
  }

  @Test(
    "what a training is told is what it does",
    arguments: [
      (
        """
        --tied --embedding 9 --dropout 0.4 --variational --embedding-dropout 0.3 --recurrent-dropout 0.2 \
        --label-smoothing 0.1 --random-windows --averaging 4 --weight-decay 0.05 --warm-up 7 --clip 0.5 --schedule step \
        --step-factor 0.25 --step-after 2 --patience 6 --validate-every 8 --initial-range 0.125
        """,
        [
          "tied": true, "embedding_size": 9, "hidden_size": 16, "dropout": 0.4,
          "variational_dropout": true, "embedding_dropout": 0.3, "recurrent_dropout": 0.2,
          "label_smoothing": 0.1, "random_windows": true, "averaging_patience": 4, "warm_up": 7,
          "clip": 0.5, "schedule": ["name": "step", "factor": 0.25, "after": 2], "patience": 6,
          "validate_every": 8, "initial_range": 0.125,
          "optimiser": [
            "name": "adamw", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.05,
          ],
        ]
      ),
      (
        "--optimiser sgd --clip 0 --no-tied --precision bfloat16",
        [
          "optimiser": ["name": "sgd"], "clip": .null, "schedule": ["name": "plateau"],
          "tied": nil, "precision": "bfloat16",
        ]
      ),
      ("--schedule cosine", ["schedule": ["name": "cosine"], "patience": .null]),
      ("--schedule constant --model gru", ["schedule": ["name": "constant"], "model": "gru"]),
    ] as [(String, [String: JSON?])])
  func options(given: String, expected: [String: JSON?]) throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let planned = try expectDone(
      Program.run(
        ["plan", text, "--json", "--hidden", "16"] + given.split(separator: " ").map(String.init))
    ).object()
    let options = try #require(planned["options"]?.object)
    for (name, value) in expected { #expect(options[name] == value, "\(name)") }
  }

  /// Expects neither escape codes nor carriage returns: nobody sits at a terminal.
  private func expectPlain(
    _ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for text in [outcome.output, outcome.error] {
      #expect(
        !text.utf8.contains { $0 == 0x1B || $0 == 0x0D }, "\(text)", sourceLocation: sourceLocation)
    }
  }
}
