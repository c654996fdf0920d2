import Foundation
import SystemPackage
import Testing

/// Texts and models that many tests share.
enum Fixture {
  /// Sentences of a small grammar, the same every time.
  static func sentences(_ count: Int) -> [String] {
    let nouns = ["cat", "dog", "girl", "boy", "bird", "old man", "queen", "fish"]
    let verbs = ["sees", "hears", "likes", "follows", "finds"]
    let places = ["in the garden", "by the river", "at home", "every day", "again"]
    var state: UInt64 = 1
    func draw(_ list: [String]) -> String {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return list[Int(state >> 33) % list.count]
    }
    return (0..<count).map { _ in
      "the \(draw(nouns)) \(draw(verbs)) the \(draw(nouns)) \(draw(places))"
    }
  }

  /// 400 sentences, a line each.
  static let text = sentences(400).map { $0 + "\n" }.joined()

  /// Options for a model that is trained in a moment, also without an optimising compiler.
  static let quick = [
    "--hidden", "16", "--batch", "4", "--window", "16", "--updates", "30", "--rate", "0.02",
    "--schedule", "cosine", "--dropout", "0", "--threads", "1", "--seed", "5",
  ]

  /// Trains a model on a text file.
  static func train(
    _ texts: String..., output: String, options: [String] = [],
    environment: [String: String] = [:], shell: Shell = Shell()
  ) throws -> Outcome {
    try Program.run(
      ["train"] + texts + ["--output", output] + quick + options, environment: environment,
      shell: shell)
  }

  /// The run folder of a model of words, trained once for all tests.
  static func model(_ kind: String = "lstm") throws -> String {
    switch kind {
    case "rnn": try rnn.get()
    case "gru": try gru.get()
    default: try lstm.get()
    }
  }

  private static let rnn = Result { try trained("rnn") }
  private static let gru = Result { try trained("gru") }
  private static let lstm = Result { try trained("lstm") }

  private static let folder: Result<TemporaryFolder, any Error> = {
    atexit {
      guard let folder = try? Fixture.folder.get() else { return }
      try? FileManager.default.removeItem(atPath: folder.path.string)
    }
    return Result { try TemporaryFolder() }
  }()

  private static func trained(_ kind: String) throws -> String {
    let folder = try folder.get()
    let outcome = try train(
      try folder.file("\(kind).txt", text), output: folder(kind), options: ["--model", kind])
    try #require(outcome.ending == .exit(0), "\(outcome.error)")
    return folder(kind)
  }
}
