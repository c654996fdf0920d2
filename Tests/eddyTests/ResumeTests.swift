import EddyFiles
import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Trainings that are interrupted, and what they become when they go on.
@Suite("resuming")
struct ResumeTests {
  /// What a training leaves; the same bytes, however often it was interrupted.
  static let files = ["model.safetensors", "checkpoint.safetensors", "log.jsonl"]

  /// A training whose validations, log lines and epochs fall on different updates.
  private static let options = [
    "--hidden", "12", "--batch", "4", "--window", "16", "--epochs", "3", "--validate-every", "23",
    "--rate", "0.02", "--threads", "1", "--seed", "5",
  ]

  private static func train(_ text: String, _ run: String, _ more: [String] = []) -> [String] {
    ["train", text, "--output", run] + options + more
  }

  private func expectSame(
    _ folder: TemporaryFolder, _ run: String, as whole: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for file in Self.files {
      #expect(
        try bytes(of: folder("\(run)/\(file)")) == bytes(of: folder("\(whole)/\(file)")),
        "\(file)", sourceLocation: sourceLocation)
    }
    #expect(
      try folder.names(in: run) == (Self.files + ["tokens.train", "tokens.valid"]).sorted(),
      sourceLocation: sourceLocation)
  }

  /// Kinds of training, each with state of its own to carry over.
  static let kinds: [Case<[String]>] = [
    Case("lstm, adamw, one-cycle, dropout", []),
    Case("gru, sgd, plateau", ["--model", "gru", "--optimiser", "sgd", "--rate", "2"]),
    Case("rnn, step", ["--model", "rnn", "--schedule", "step", "--step-after", "1"]),
    Case("two layers, stopped early", ["--layers", "2", "--patience", "1", "--rate", "0.3"]),
    Case("bfloat16, thinned", ["--precision", "bfloat16", "--gradient-thinning", "0.8"]),
    Case("characters", ["--tokenizer", "character", "--epochs", "1"]),
    Case("dropout", ["--dropout", "0.3", "--variational", "--schedule", "one-cycle"]),
    Case(
      "averaged, windows of random length",
      [
        "--averaging", "1", "--random-windows", "--optimiser", "sgd", "--rate", "4", "--schedule",
        "constant", "--embedding-dropout", "0.2", "--recurrent-dropout", "0.2",
      ]),
    Case("tied", ["--tied", "--embedding", "9", "--dropout", "0.2", "--warm-up", "20"]),
    Case(
      "tied without a projection, smoothed, cosine",
      [
        "--tied", "--label-smoothing", "0.1", "--schedule", "cosine", "--clip", "0.05",
        "--weight-decay", "0.1",
      ]),
  ]

  @Test(
    "killed at random moments, resumed with other thread counts: the same bytes", arguments: kinds)
  func kills(row: Case<[String]>) throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let clock = ContinuousClock()
    let start = clock.now
    let whole = try Program.run(Self.train(text, folder("whole"), row.value))
    let length = clock.now - start
    expectDone(whole)
    var random = SplitMix(state: UInt64(row.name.utf8.count))
    var kills = 0
    var runs = 0
    let wanted = Environment.isLong ? 40 : 3
    while kills < wanted, runs < 20 * wanted {
      runs += 1
      let run = "run\(runs)"
      var arguments = Self.train(text, folder(run), row.value)
      for attempt in 0... {
        // Checkpoints are written all the time, so that many kills fall within one.
        let program = try RunningProgram(
          arguments + ["--checkpoint-every", "0", "--threads", "\(1 + attempt % 2)"])
        let delay = length * (Double(random.next() % 1000) / 1000)
        if attempt < 40 {
          usleep(UInt32(delay / .microseconds(1)))
          if program.isRunning { kills += 1 }
          program.send(SIGKILL)
        }
        let ending = try program.wait().ending
        if ending == .exit(0) { break }
        #expect(ending == .signal(SIGKILL))
        // Before the first checkpoint there is nothing to go on from.
        let hasBegun = FileManager.default.fileExists(
          atPath: folder("\(run)/checkpoint.safetensors"))
        arguments =
          hasBegun
          ? ["resume", folder(run)] : Self.train(text, folder(run), row.value + ["--overwrite"])
      }
      try expectSame(folder, run, as: "whole")
      try FileManager.default.removeItem(atPath: folder(run))
    }
    #expect(kills >= wanted)
  }

  @Test("interrupted by a signal: a checkpoint of that moment", arguments: [SIGINT, SIGTERM])
  func signals(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let longer = ["--epochs", "40", "--patience", "0"]
    let program = try RunningProgram(Self.train(text, folder("run"), longer))
    #expect(program.waits { program.errorSoFar.contains("best so far") })
    program.send(signal)
    let outcome = try program.wait()
    #expect(outcome.ending == .exit(130))
    #expect(outcome.error.contains("eddy resume \(folder("run"))"))
    let resumed = expectDone(try Program.run("resume", folder("run")))
    #expect(resumed.error.contains("Goes on after"))
    #expect(!resumed.error.contains("Goes on after 0 of"))
    expectDone(try Program.run(Self.train(text, folder("whole"), longer)))
    try expectSame(folder, "run", as: "whole")
  }

  @Test("a training that had ended says what came of it, and changes nothing")
  func ended() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let first = expectDone(try Program.run(Self.train(text, folder("run"))))
    let before = try Self.files.map { try bytes(of: folder("run/\($0)")) }
    let second = expectDone(try Program.run("resume", folder("run")))
    #expect(second.output == first.output)
    #expect(try Self.files.map { try bytes(of: folder("run/\($0)")) } == before)
  }

  @Test("the log is lost: the training goes on all the same")
  func withoutLog() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    try interrupt(text, folder)
    try FileManager.default.removeItem(atPath: folder("run/log.jsonl"))
    expectDone(try Program.run("resume", folder("run")))
  }

  private func interrupt(_ text: String, _ folder: TemporaryFolder) throws {
    let program = try RunningProgram(
      Self.train(text, folder("run"), ["--epochs", "40", "--patience", "0"]))
    #expect(program.waits { program.errorSoFar.contains("best so far") })
    program.send(SIGTERM)
    #expect(try program.wait().ending == .exit(130))
  }

  @Test("folders that nothing can go on from")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    expectRefused(try Program.run("resume", folder("nothing")), "nothing")
    expectRefused(try Program.run("resume", text), text)
    expectRefused(try Program.run("resume", folder(".")), "no checkpoint.safetensors")
    try interrupt(text, folder)
    let checkpoint = folder("run/checkpoint.safetensors")
    let whole = try bytes(of: checkpoint)
    for (damaged, fragment) in [
      (Array(whole.dropLast()), "beyond"), ([], "0 bytes"),
      (whole.dropLast() + [whole[whole.count - 1] ^ 1], "Damaged"),
      (try bytes(of: folder("run/model.safetensors")), "No checkpoint"),
    ] {
      _ = try folder.file("run/checkpoint.safetensors", damaged)
      expectRefused(try Program.run("resume", folder("run")), checkpoint, fragment)
    }
    _ = try folder.file("run/checkpoint.safetensors", whole)
    let tokens = try bytes(of: folder("run/tokens.train"))
    try FileManager.default.removeItem(atPath: folder("run/tokens.train"))
    expectRefused(try Program.run("resume", folder("run")), "tokens.train", "No such file")
    _ = try folder.file("run/tokens.train", tokens.dropLast() + [tokens[tokens.count - 1] ^ 1])
    expectRefused(try Program.run("resume", folder("run")), "tokens.train", "checksum")
    let other = try bytes(of: folder("run/tokens.valid"))
    _ = try folder.file("run/tokens.train", other)
    expectRefused(try Program.run("resume", folder("run")), "tokens")
    _ = try folder.file("run/tokens.train", tokens)
    expectDone(try Program.run("resume", folder("run")))
  }

  @Test("a folder in which another program trains is refused, and that one goes on")
  func inUse() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let program = try RunningProgram(
      Self.train(text, folder("run"), ["--epochs", "1000000", "--patience", "0"]))
    #expect(program.waits { program.errorSoFar.contains("best so far") })
    expectRefused(try Program.run("resume", folder("run")), folder("run"), "Another process")
    expectRefused(
      try Program.run(Self.train(text, folder("run"), ["--overwrite"])), "Another process")
    #expect(program.isRunning)
    program.send(SIGINT)
    #expect(try program.wait().ending == .exit(130))
  }

  @Test("a training that was interrupted is not replaced by accident, nor by one that is refused")
  func notReplaced() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    try interrupt(text, folder)
    let names = try folder.names(in: "run")
    let before = try names.map { try bytes(of: folder("run/\($0)")) }
    try FileManager.default.removeItem(atPath: folder("run/model.safetensors"))
    expectRefused(try Program.run(Self.train(text, folder("run"))), "eddy resume", "--overwrite")
    _ = try folder.file("run/model.safetensors", before[names.firstIndex(of: Self.files[0]) ?? 0])
    let bad = try folder.file("bad", [0x61, 0xFF])
    let large = ["--hidden", "65536", "--embedding", "65536", "--layers", "500"]
    for options in [["--valid", bad], ["--batch", "10000"], large] {
      expectRefused(
        try Program.run(Self.train(text, folder("run"), ["--overwrite"] + options)))
      #expect(try folder.names(in: "run") == names)
      #expect(try names.map { try bytes(of: folder("run/\($0)")) } == before)
    }
    expectDone(try Program.run("resume", folder("run")))
  }

  @Test("what a kill left behind is removed")
  func leftovers() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    try interrupt(text, folder)
    _ = try folder.file("run/.eddy-1-0.tmp", "half a file")
    try FileManager.default.createDirectory(
      atPath: folder("run/.eddy-staging.tmp"), withIntermediateDirectories: true)
    expectDone(try Program.run("resume", folder("run")))
    #expect(try !folder.names(in: "run").contains { $0.hasSuffix(".tmp") })
  }

  // MARK: Divergence

  /// A rate at which the first epochs diverge, and smaller ones do not.
  private static let steep = [
    "--optimiser", "sgd", "--rate", "1e30", "--clip", "0", "--validate-every", "5",
  ]

  @Test("--on-divergence stop: the checkpoint stays, and resume may halve")
  func stops() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let outcome = try Program.run(Self.train(text, folder("run"), Self.steep))
    expectRefused(outcome, "diverged at update", "gradient norm", "--on-divergence halve")
    expectRefused(try Program.run("resume", folder("run")), "diverged at update")
    let halved = try Program.run("resume", folder("run"), "--on-divergence", "halve")
    #expect(halved.error.contains("half the learning rate"))
  }

  @Test("--on-divergence halve: goes on at half the rate, to the same bytes when killed")
  func halves() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let options = [
      "--optimiser", "sgd", "--rate", "4e3", "--clip", "0", "--validate-every", "5",
      "--on-divergence", "halve", "--updates", "60",
    ]
    let whole = expectDone(try Program.run(Self.train(text, folder("whole"), options)))
    #expect(whole.error.contains("half the learning rate"))
    #expect(try eddyTests.text(of: folder("whole/log.jsonl")).contains("\"event\":\"diverged\""))
    for delay in [100_000, 250_000, 400_000] {
      var arguments = Self.train(text, folder("run"), options + ["--overwrite"])
      for attempt in 0..<20 {
        let program = try RunningProgram(arguments + ["--checkpoint-every", "0"])
        if attempt < 3 {
          usleep(UInt32(delay))
          program.send(SIGKILL)
        }
        if try program.wait().ending == .exit(0) { break }
        if FileManager.default.fileExists(atPath: folder("run/checkpoint.safetensors")) {
          arguments = ["resume", folder("run")]
        }
      }
      try expectSame(folder, "run", as: "whole")
    }
  }
}

/// A sequence of numbers that looks random, the same every time (Steele, Lea, Flood 2014).
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }
}
