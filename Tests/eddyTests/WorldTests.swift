import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a program runs: none of this is a reason for another result.
@Suite("the world")
struct WorldTests {
  /// Expects the model that all tests share.
  private func expectSameModel(
    _ options: [String] = [], environment: [String: String] = [:], shell: Shell = Shell(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    expectDone(
      try Fixture.train(
        text, output: folder("run"), options: options, environment: environment, shell: shell),
      sourceLocation: sourceLocation)
    for name in try FileManager.default.contentsOfDirectory(atPath: Fixture.model()) {
      let same =
        try bytes(of: folder("run/\(name)")) == bytes(of: "\(Fixture.model())/\(name)")
      #expect(same, "\(name)", sourceLocation: sourceLocation)
    }
  }

  @Test(
    "LANG=C, no terminal, a home that is not there or cannot be written to",
    arguments: ["/nonexistent", "/proc", "/dev/null"])
  func bare(home: String) throws {
    try expectSameModel(
      environment: ["LANG": "C", "LC_ALL": "C", "HOME": home, "TERM": "dumb"],
      shell: Shell(redirection: "</dev/null"))
  }

  @Test("nothing in the environment")
  func noEnvironment() throws {
    try expectSameModel(shell: Shell(preparation: "unset HOME LANG LC_ALL TERM PATH TMPDIR USER"))
  }

  @Test("a thousand threads: refused, with the number that there can be")
  func thousandThreads() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    expectMisuse(
      try Fixture.train(text, output: folder("run"), options: ["--threads", "1000"]), "1 to 256")
    #expect(!FileManager.default.fileExists(atPath: folder("run")))
  }

  #if os(Linux)
    @Test("one core, for all threads", arguments: ["1", "3", "64"])
    func oneCore(threads: String) throws {
      try expectSameModel(
        ["--threads", threads], shell: Shell(preparation: "taskset -pc 0 $$ >/dev/null"))
    }

    @Test("the clock of the day jumps by thirty years, there and back", arguments: [1, -1])
    func clockJumps(sign: Int) throws {
      try expectSameModel(environment: try Faults.clockJumps(seconds: sign * 946_728_000))
    }

    @Test(
      "fewer threads than were asked for: there are no addresses for their stacks",
      .disabled(if: Sanitizer.isOn, Sanitizer.takesAddresses), arguments: [150_000, 400_000])
    func fewerThreads(kilobytes: Int) throws {
      try expectSameModel(
        ["--threads", "64"],
        shell: Shell(preparation: "taskset -pc 0 $$ >/dev/null; ulimit -v \(kilobytes)"))
    }

    /// Kilobytes of addresses.
    @Test(
      "out of memory: a sentence, and the model that was there",
      .disabled(if: Sanitizer.isOn, Sanitizer.takesAddresses),
      arguments: [150_000, 200_000, 300_000, 500_000, 800_000])
    func outOfMemory(kilobytes: Int) throws {
      let folder = try TemporaryFolder()
      let text = try folder.file("text", Fixture.text)
      expectDone(try Fixture.train(text, output: folder("run")))
      let before = try bytes(of: folder("run/model.safetensors"))
      let outcome = try Fixture.train(
        text, output: folder("run"), options: ["--overwrite", "--hidden", "4000"],
        shell: Shell(preparation: "ulimit -c 0; ulimit -v \(kilobytes)"))
      #expect([.exit(1), .signal(SIGABRT)].contains(outcome.ending), "\(outcome.ending)")
      #expect(outcome.error.contains("memory"), "\(outcome.error)")
      #expect(try bytes(of: folder("run/model.safetensors")) == before)
    }
  #endif
}
