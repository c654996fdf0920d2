#if os(Linux)
  import EddyFiles
  import Foundation
  import Glibc
  import Testing

  /// A training into a folder that holds an older model, in which something happens at one of the calls that
  /// change the folder.
  @Suite("faults of the file system")
  struct FaultTests {
    /// The run folder before, and after a training in which nothing happened: file by file.
    private struct Versions {
      var before: [String: [UInt8]]
      var after: [String: [UInt8]]
    }

    private static let versions = Result {
      let folder = try TemporaryFolder()
      let older = try folder.file("older", Fixture.sentences(300).joined(separator: "\n"))
      expectDone(try Fixture.train(older, output: folder("run")))
      let before = try files(in: folder("run"))
      let newer = try folder.file("newer", Fixture.text)
      expectDone(try Fixture.train(newer, output: folder("run"), options: ["--overwrite"]))
      return Versions(before: before, after: try files(in: folder("run")))
    }

    private static func files(in folder: String) throws -> [String: [UInt8]] {
      var files: [String: [UInt8]] = [:]
      for name in try FileManager.default.contentsOfDirectory(atPath: folder)
      where name != ".eddy-staging.tmp" {
        files[name] = try bytes(of: "\(folder)/\(name)")
      }
      return files
    }

    @Test("the old model or the new one is there, whole", arguments: Faults.Mode.allCases)
    func everyCall(mode: Faults.Mode) throws {
      let versions = try Self.versions.get()
      let folder = try TemporaryFolder()
      let text = try folder.file("text", Fixture.text)
      let faults = Faults(folder: folder("run"), report: folder("calls"))
      // Every call of some mode, unless there is time for all of all.
      let stride = Environment.isLong ? 1 : 13
      var call = 1 + (Faults.Mode.allCases.firstIndex(of: mode) ?? 0) % stride
      while true {
        try put(versions.before, in: folder)
        let outcome = try Fixture.train(
          text, output: folder("run"), options: ["--overwrite"],
          environment: try faults.environment(mode, at: call))
        let calls = try faults.calls
        try #require(!calls.isEmpty, "no call was counted")
        guard let struck = calls.first(where: \.isStruck) else { break }
        try expectSound(
          outcome, folder: folder("run"), versions,
          Context(mode: mode, call: call, struck: struck))
        call += stride
      }
      #expect(call > 40, "fewer calls than there are")
    }

    /// Makes the run folder what it was.
    private func put(_ files: [String: [UInt8]], in folder: TemporaryFolder) throws {
      try? FileManager.default.removeItem(atPath: folder("run"))
      try FileManager.default.createDirectory(
        atPath: folder("run"), withIntermediateDirectories: false)
      for (name, contents) in files { _ = try folder.file("run/\(name)", contents) }
    }

    @Test(
      "what is done survives a power cut",
      arguments: [.powerCut, .powerCutForgettingNames] as [Faults.Mode])
    func afterwards(mode: Faults.Mode) throws {
      let versions = try Self.versions.get()
      let folder = try TemporaryFolder()
      let text = try folder.file("text", Fixture.text)
      let faults = Faults(folder: folder("run"), report: folder("calls"))
      try put(versions.before, in: folder)
      expectDone(
        try Fixture.train(
          text, output: folder("run"), options: ["--overwrite"],
          environment: try faults.environment(mode)))
      #expect(try !faults.calls.isEmpty)
      let files = try Self.files(in: folder("run"))
      for (name, contents) in versions.after where name != "log.jsonl" {
        #expect(files[name] == contents, "\(name)")
      }
    }

    /// What happened, for a message.
    private struct Context: CustomStringConvertible {
      var mode: Faults.Mode
      var call: Int
      var struck: Faults.Call
      var description: String { "\(mode.rawValue) at call \(call), \(struck)" }
    }

    /// What must hold whatever happened.
    private func expectSound(
      _ outcome: Outcome, folder: String, _ versions: Versions, _ context: Context
    ) throws {
      let files = try Self.files(in: folder)
      expectEnding(outcome, folder: folder, context)

      for (name, contents) in files where name == "model.safetensors" || name.hasPrefix("tokens.") {
        #expect(
          contents == versions.before[name] || contents == versions.after[name],
          "\(name) is neither old nor new: \(context)")
      }
      if outcome.ending == .exit(0) {
        for (name, contents) in versions.after {
          #expect(files[name] == contents, "\(name) is not what it should be: \(context)")
        }
      }
      let temporary = files.keys.filter { $0.hasSuffix(".tmp") }
      #expect(
        temporary.isEmpty || context.mode.ends || context.struck.name == "unlink",
        "\(temporary) stayed: \(context)")
      var lines = (files["log.jsonl"] ?? []).split(
        separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let rest = lines.popLast() ?? []
      #expect(rest.isEmpty || context.mode.ends, "half a line in the log: \(context)")
      for line in lines {
        #expect(throws: Never.self, "\(context)") { _ = try JSON(parsing: Array(line)) }
      }

      let inspected = try Program.run("inspect", folder)
      #expect(inspected.ending == .exit(0), "\(inspected.error): \(context)")
      try expectResumable(folder, versions, context)
    }

    /// Whatever happened, the training goes on to its end, or the older one had ended, or nothing had begun.
    private func expectResumable(
      _ folder: String, _ versions: Versions, _ context: Context
    ) throws {
      let outcome = try Program.run("resume", folder)
      guard outcome.ending == .exit(0) else {
        expectRefused(outcome, "no training here can go on")
        let files = try Self.files(in: folder)
        #expect(files["checkpoint.safetensors"] == nil, "\(outcome.error): \(context)")
        return
      }
      let files = try Self.files(in: folder).filter { $0.key != "log.jsonl" }
      let ends = [versions.before, versions.after].map { $0.filter { $0.key != "log.jsonl" } }
      #expect(ends.contains(files), "\(context)")
    }

    /// How the program must have ended.
    private func expectEnding(_ outcome: Outcome, folder: String, _ context: Context) {
      if context.mode.ends {
        #expect(outcome.ending == .signal(SIGKILL), "\(context)")
      } else if outcome.ending == .exit(1), !context.mode.isHarmless {
        let lines = outcome.error.split(separator: "\n")
        let sentences = lines.filter { $0.hasPrefix("Error: ") }
        #expect(sentences.count == 1 && lines.last == sentences.first, "\(outcome.error)\(context)")
        #expect(outcome.error.hasSuffix(".\n"), "\(outcome.error)\(context)")
        #expect(sentences.first?.contains(folder) == true, "\(outcome.error)\(context)")
        #expect(outcome.output.isEmpty, "\(context)")
      } else {
        #expect(outcome.ending == .exit(0), "\(outcome.error)\(context)")
        // A disk that is full after the last write is nobody's loss.
        let isFullTooLate =
          context.mode == .noSpaceFromNowOn && context.struck.name == "fsync"
        #expect(
          context.mode.isHarmless || context.struck.isOfNoConsequence || isFullTooLate,
          "not a word: \(context)")
      }
    }
  }
#endif
