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

@Suite("signals")
struct InterruptTests {
  /// A training that would take an hour.
  private func start(_ folder: TemporaryFolder, shell: Shell = Shell()) throws -> RunningProgram {
    let text = try folder.file("text", Fixture.text)
    return try RunningProgram(
      [
        "train", text, "--output", folder("run"), "--hidden", "16", "--batch", "4", "--window",
        "16", "--epochs", "1000000", "--patience", "0", "--validate-every", "20", "--threads", "1",
        "--json",
      ], shell: shell)
  }

  @Test("while training: 130, and a model that works is left", arguments: [SIGINT, SIGTERM])
  func training(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let program = try start(folder)
    #expect(program.waits { program.errorSoFar.contains("best so far") })
    program.send(signal)
    let outcome = try program.wait()
    #expect(outcome.ending == .exit(130), "\(outcome.error)")
    #expect(try outcome.json().first?["ending"] == "interrupted")
    #expect(try !folder.names(in: "run").contains { $0.hasSuffix(".tmp") })
    expectDone(try Program.run("score", folder("run"), input: "the cat sees the dog\n"))
  }

  @Test("before the first validation: a model is left all the same")
  func early() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let program = try RunningProgram([
      "train", text, "--output", folder("run"), "--hidden", "16", "--batch", "4", "--window", "16",
      "--epochs", "1000000", "--validate-every", "100000000", "--threads", "1",
    ])
    #expect(program.waits { program.errorSoFar.contains("Plan:") })
    program.send(SIGINT)
    #expect(try program.wait().ending == .exit(130))
    expectDone(try Program.run("inspect", folder("run")))
  }

  @Test("while a text is written: 130, at once", arguments: [SIGINT, SIGTERM])
  func generating(signal: Int32) throws {
    let program = try RunningProgram([
      "generate", try Fixture.model(), "--tokens", "10000000",
    ])
    #expect(program.waits { program.outputSoFar.count > 100 })
    program.send(signal)
    #expect(try program.wait(timeLimit: .seconds(20)).ending == .exit(130))
  }

  @Test("while waiting for standard input: at once", arguments: ["score", "rank"])
  func waiting(command: String) throws {
    let folder = try TemporaryFolder()
    #expect(unsafe mkfifo(folder("pipe"), 0o600) == 0)
    let program = try RunningProgram(
      [command, try Fixture.model()], shell: Shell(redirection: "<> '\(folder("pipe"))'"))
    usleep(500_000)
    program.send(SIGINT)
    // The signal may come before the program listens.
    let ending = try program.wait(timeLimit: .seconds(20)).ending
    #expect([.exit(130), .signal(SIGINT)].contains(ending), "\(ending)")
  }

  @Test("SIGKILL at any moment: the model that was there works, or the new one")
  func kill() throws {
    let folder = try TemporaryFolder()
    for delay in [0, 7, 31] {
      let program = try start(folder)
      #expect(program.waits { program.errorSoFar.contains("best so far") })
      usleep(UInt32(delay) * 1000)
      program.send(SIGKILL)
      #expect(try program.wait().ending == .signal(SIGKILL))
      expectDone(try Program.run("score", folder("run"), input: "the cat sees the dog\n"))
      try FileManager.default.removeItem(atPath: folder("run"))
    }
  }

  @Test("the file changes during training: training goes on with what it has read")
  func textChanges() throws {
    let folder = try TemporaryFolder()
    let program = try start(folder)
    #expect(program.waits { program.errorSoFar.contains("best so far") })
    _ = try folder.file("text", Array(Fixture.text.utf8.prefix(100)))
    let lines = try loggedValidations(folder)
    #expect(program.waits { (try? loggedValidations(folder)) ?? 0 > lines + 2 })
    program.send(SIGINT)
    #expect(try program.wait().ending == .exit(130))
    expectDone(try Program.run("inspect", folder("run")))
  }

  @Test("token ids that shrink during training", arguments: ["tokens.train", "tokens.valid"])
  func tokensShrink(name: String) throws {
    let folder = try TemporaryFolder()
    let program = try start(folder)
    #expect(program.waits { program.errorSoFar.contains("best so far") })
    let file = try #require(FileHandle(forWritingAtPath: folder("run/\(name)")))
    try file.truncate(atOffset: 90)
    let outcome = try program.wait()
    #expect(outcome.ending == .exit(1))
    #expect(outcome.error.contains("\(name): It became shorter while it was in use."))
    expectDone(try Program.run("inspect", folder("run")))
  }

  private func loggedValidations(_ folder: TemporaryFolder) throws -> Int {
    try text(of: folder("run/log.jsonl")).split(separator: "\n")
      .count { $0.contains("validation") }
  }

  @Test("standard error that nobody can write to does not end a training")
  func standardErrorClosed() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    for redirection in ["2>&-", "2>/dev/full"] {
      let run = folder("run\(redirection.count)")
      let outcome = try Program.run(
        ["train", text, "--output", run] + Fixture.quick, shell: Shell(redirection: redirection))
      #expect(outcome.ending == .exit(0))
      #expect(outcome.output.contains("Validation perplexity"))
      expectDone(try Program.run("inspect", run))
    }
  }

  @Test("readers that leave do not end a training")
  func trainingWithoutReaders() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    // The shell waits for both.
    _ = try Program.run(
      ["train", text, "--output", folder("run")] + Fixture.quick,
      shell: Shell(redirection: "2>&1 | true"))
    #expect(
      try bytes(of: folder("run/model.safetensors"))
        == bytes(of: Fixture.model() + "/model.safetensors"))
  }

  @Test("standard output that nobody can write to: exit code 1 and a sentence")
  func standardOutputFull() throws {
    let model = try Fixture.model()
    let input = Array("the cat\n".utf8)
    for redirection in [">/dev/full", ">&-"] {
      let outcome = try Program.run(
        ["score", model], input: input, shell: Shell(redirection: redirection))
      expectRefused(outcome, "standard output")
    }
  }

  @Test("a reader that leaves ends the program without a word")
  func readerLeaves() throws {
    let outcome = try Program.run(
      ["generate", try Fixture.model(), "--tokens", "100000"],
      shell: Shell(redirection: "| head -c 1"))
    #expect(outcome.error.isEmpty)
    #expect(outcome.output.utf8.count == 1)
  }
}
