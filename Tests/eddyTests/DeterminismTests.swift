import EddyFiles
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
    let options = ["--model", kind, "--hidden", "75", "--embedding", "9", "--layers", "2"]
    var models: [String: [UInt8]] = [:]
    for kernels in Self.kernels {
      for threads in 1...4 {
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

  /// 900 words of which there are 97: blocks of words for the softmax gradient to be thinned in.
  private static let text = (0..<150).map { line in
    (0..<6).map { "w\((line * line + 7 * $0 * line + $0) % 97)" }.joined(separator: " ") + "\n"
  }.joined()

  @Test(
    "so they do in bfloat16 and with a thinned gradient",
    arguments: [
      ["--model", "gru", "--precision", "bfloat16"],
      [
        "--model", "lstm", "--dropout", "0.2", "--embedding-dropout", "0.3", "--recurrent-dropout",
        "0.3",
        "--label-smoothing", "0.1",
      ],
      ["--model", "rnn", "--gradient-thinning", "0.3"],
      ["--model", "lstm", "--precision", "bfloat16", "--gradient-thinning", "0.3"],
    ])
  func quickOptions(options: [String]) throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Self.text)
    let sizes = ["--hidden", "17", "--embedding", "9", "--layers", "2", "--updates", "6"]
    func train(_ name: String, _ more: [String], _ kernels: String?) throws -> Outcome {
      try Fixture.train(
        text, output: folder(name), options: sizes + more,
        environment: kernels.map { ["EDDY_KERNELS": $0] } ?? [:])
    }
    var models: [String: [UInt8]] = [:]
    for (kernels, threads) in [(nil, 1), (nil, 2), (nil, 3)] + Self.kernels.map({ ($0, 2) }) {
      let name = "\(kernels ?? "best")-\(threads)"
      let outcome = try train(name, options + ["--threads", "\(threads)"], kernels)
      if outcome.error.contains("EDDY_KERNELS") { continue }
      expectDone(outcome)
      models[name] = try bytes(of: folder("\(name)/model.safetensors"))
    }
    let reference = try #require(models["baseline-2"])
    for (name, model) in models { #expect(model == reference, "\(name)") }
    #expect(models.count >= 4)
    // Each option changes what is learned.
    var weights: Set<[UInt8]> = [try self.weights(reference)]
    for index in stride(from: 2, to: options.count, by: 2) {
      var others = options
      others[index + 1] = options[index] == "--precision" ? "float32" : "0"
      expectDone(try train("other\(index)", others, nil))
      weights.insert(try self.weights(bytes(of: folder("other\(index)/model.safetensors"))))
    }
    #expect(weights.count == options.count / 2)
  }

  /// What a model file holds behind its header.
  private func weights(_ model: [UInt8]) throws -> [UInt8] {
    let size = model.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return Array(model.dropFirst(8 + size))
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

  @Test("what --minutes chose is recorded, and --like does the same again")
  func minutes() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Self.text)
    let sizes = ["--hidden", "40", "--embedding", "20", "--dropout", "0.1", "--threads", "1"]
    expectDone(
      try Program.run(
        ["train", text, "--output", folder("timed"), "--minutes", "0.1", "--seed", "3"] + sizes))
    let timed = try expectDone(Program.run("inspect", folder("timed"), "--json")).object()
    let options = timed["training"]?["options"]
    #expect(options?["maximum_updates"]?.integer ?? 0 > 10)
    #expect(options?["schedule"]?["name"]?.string == "one-cycle")
    #expect(options?["hidden_size"]?.integer == 40)
    expectDone(
      try Program.run("train", text, "--output", folder("again"), "--like", folder("timed")))
    #expect(
      try bytes(of: folder("again/model.safetensors"))
        == bytes(of: folder("timed/model.safetensors")))
    let refused = try Program.run(
      "train", text, "--output", folder("no"), "--minutes", "1", "--epochs", "3")
    #expect(refused.ending == .exit(64) && refused.error.contains("--minutes"))
  }
}
