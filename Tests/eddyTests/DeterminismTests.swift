import Testing

@Suite("one seed, one result")
struct DeterminismTests {
  private static let kernels = ["avx512", "avx2", "neon", "baseline"]

  @Test(
    "the same text, options and seed give the same file, byte for byte, on all kernels and threads",
    arguments: ["rnn", "lstm", "gru"])
  func sameModel(kind: String) throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    // Sizes that no vector width and no number of threads divides.
    let options = ["--model", kind, "--hidden", "17", "--embedding", "9", "--layers", "2"]
    var models: [String: [UInt8]] = [:]
    for kernels in Self.kernels {
      for threads in 1...3 {
        let name = "\(kernels)-\(threads)"
        let outcome = try Fixture.train(
          text, output: folder(name), options: options + ["--threads", "\(threads)"],
          environment: ["EDDY_KERNELS": kernels])
        if outcome.error.contains("EDDY_KERNELS") { break }
        expectDone(outcome)
        models[name] = try bytes(of: folder("\(name)/model.safetensors"))
      }
    }
    let reference = try #require(models["baseline-1"])
    for (name, model) in models { #expect(model == reference, "\(name)") }
    #expect(models.count >= 3)
  }

  @Test("another seed gives another model")
  func otherSeed() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    expectDone(try Fixture.train(text, output: folder("run"), options: ["--seed", "6"]))
    #expect(
      try bytes(of: folder("run/model.safetensors"))
        != bytes(of: Fixture.model() + "/model.safetensors"))
  }

  @Test("kernels that this processor lacks are refused with those that it has")
  func unknownKernels() throws {
    let outcome = try Program.run(
      ["score", try Fixture.model()], input: Array("the cat\n".utf8),
      environment: ["EDDY_KERNELS": "mmx"])
    expectRefused(outcome, "EDDY_KERNELS", "baseline", "'mmx'")
  }

  @Test("the same seed gives the same text, another one another")
  func generation() throws {
    func text(seed: Int, threads: Int) throws -> String {
      let outcome = try Program.run(
        "generate", try Fixture.model(), "--prompt", "the", "--tokens", "40", "--seed", "\(seed)",
        "--threads", "\(threads)")
      return expectDone(outcome).output
    }
    #expect(try text(seed: 1, threads: 1) == text(seed: 1, threads: 3))
    #expect(try text(seed: 1, threads: 1) != text(seed: 2, threads: 1))
  }
}
