import EddyFiles
import Foundation
import Testing

@Suite("corpora that are refused")
struct RefusedCorpusTests {
  /// Two good lines of 28 bytes each.
  private static let good: [UInt8] = Array("the cat sees the dog again.\n".utf8)
  private static let edge = 1 << 16

  private static func bad(_ bytes: [UInt8]) -> [UInt8] {
    good + good + Array("the ".utf8) + bytes + Array(" dog\n".utf8) + good
  }

  /// Texts, and where the complaint says that they are wrong.
  static let texts: [Case<[UInt8]>] = [
    Case("empty", [], "empty"),
    Case("only newlines", Array("\n\r\n\r\n\n".utf8), "text"),
    Case("invalid UTF-8: 0x92 of Windows", bad([0x92]), "ine 3", "byte 60", "UTF-8"),
    Case("invalid UTF-8: a lone continuation", bad([0x80]), "ine 3", "byte 60", "UTF-8"),
    Case("invalid UTF-8: overlong", bad([0xC0, 0xAF]), "ine 3", "byte 60", "UTF-8"),
    Case("invalid UTF-8: a surrogate", bad([0xED, 0xA0, 0x80]), "ine 3", "byte 60", "UTF-8"),
    Case(
      "invalid UTF-8: cut at a buffer's edge",
      Array(repeating: UInt8(ascii: "a"), count: edge - 1) + [0xE2] + good,
      "ine 1", "byte \(edge - 1)", "UTF-8"),
    Case(
      "invalid UTF-8: cut at a line's end", good + [0xE2, 0x82, 0x0A] + good, "ine 2", "byte 28",
      "UTF-8"),
    Case("invalid UTF-8: cut at the file's end", good + good + [0xE2, 0x82], "ine 3", "byte 56"),
    Case("UTF-16 with BOM, little-endian", [0xFF, 0xFE, 0x61, 0, 0x0A, 0], "UTF-16"),
    Case("UTF-16 with BOM, big-endian", [0xFE, 0xFF, 0, 0x61, 0, 0x0A], "UTF-16"),
    Case("gzip taken for text", [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3] + good, "gzip"),
  ]

  @Test("refused by train, plan and evaluate, with file and place", arguments: texts)
  func refused(row: Case<[UInt8]>) throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("my corpus.txt", row.value)
    let outcomes = [
      try Fixture.train(text, output: folder("run")),
      try Program.run(["plan", text] + Fixture.quick),
      try Program.run("evaluate", try Fixture.model(), text),
    ]
    for outcome in outcomes {
      expectRefused(outcome, "my corpus.txt")
      for fragment in row.fragments {
        #expect(outcome.error.contains(fragment), "\(outcome.error)")
      }
    }
    let piped = try Program.run(
      ["train", "-", "--output", folder("piped")] + Fixture.quick, input: row.value)
    expectRefused(piped, "standard input")
  }

  @Test("a folder, a file that is not there")
  func noFile() throws {
    let folder = try TemporaryFolder()
    expectRefused(try Fixture.train(folder("nothing"), output: folder("run")), "nothing")
    expectRefused(try Fixture.train(folder("."), output: folder("run")), folder("."))
  }

  @Test("the second of two files is named")
  func secondFile() throws {
    let folder = try TemporaryFolder()
    let first = try folder.file("first", Fixture.text)
    let second = try folder.file("second", Self.bad([0x92]))
    let outcome = try Fixture.train(first, second, output: folder("run"))
    expectRefused(outcome, "second", "ine 3", "byte 60")
  }

  @Test("fewer tokens than B·T")
  func tooShort() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let outcome = try Fixture.train(
      text, output: folder("run"), options: ["--batch", "100", "--window", "100"])
    expectRefused(outcome, "10001", "batch of 100", "window of 100")
  }

  @Test("sizes that no machine has memory for")
  func tooLarge() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let options = ["--hidden", "65536", "--embedding", "65536", "--layers", "500"]
    expectRefused(try Fixture.train(text, output: folder("run"), options: options), "memory")
  }

  @Test("sizes that no file may name", arguments: ["--hidden", "--embedding", "--layers"])
  func outOfRange(option: String) throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let outcome = try Fixture.train(
      text, output: folder("run"), options: [option, "1000000000"])
    #expect(outcome.ending == .exit(64))
    #expect(outcome.error.contains("\(option) must be 1 to "))
  }

  @Test("batches and windows of 10⁹")
  func hugeWindows() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let options = ["--batch", "1000000000", "--window", "1000000000"]
    expectRefused(
      try Fixture.train(text, output: folder("run"), options: options), "1000000000000000001")
  }

  @Test("a vocabulary of 1")
  func vocabularyOfOne() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", "a\n")
    expectRefused(try Fixture.train(text, output: folder("run"), options: ["--batch", "1"]))
    expectMisuse(
      try Fixture.train(text, output: folder("run"), options: ["--vocabulary", "1"]),
      "--vocabulary")
  }

  @Test("validation text all out of vocabulary")
  func validationOutOfVocabulary() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let validation = try folder.file("validation", "lorem ipsum dolor sit amet\n")
    expectRefused(
      try Fixture.train(text, output: folder("run"), options: ["--valid", validation]),
      "validation", "vocabulary")
  }

  @Test("validation text that is not UTF-8, or empty")
  func validationBroken() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    let broken = try folder.file("broken", Self.bad([0x92]))
    let empty = try folder.file("empty", "")
    expectRefused(
      try Fixture.train(text, output: folder("run"), options: ["--valid", broken]), "broken",
      "ine 3", "byte 60")
    expectRefused(
      try Fixture.train(text, output: folder("run"), options: ["--valid", empty]), "empty")
  }

  /// File-size limits in blocks of 512 bytes, and what no longer fits.
  static let limits: [Case<Int>] = [
    Case("the token ids", 0), Case("a part of the token ids", 4), Case("the model", 12),
  ]

  @Test(
    "disk full: the model that was there stays, nothing half written does",
    .disabled(if: Sanitizer.isThread, Sanitizer.writesFiles), arguments: limits)
  func diskFull(row: Case<Int>) throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    expectDone(try Fixture.train(text, output: folder("run")))
    let before = try bytes(of: folder("run/model.safetensors"))
    // A file that grows past the limit fails as one on a full disk does.
    let outcome = try Fixture.train(
      text, output: folder("run"), options: ["--overwrite", "--seed", "6"],
      shell: Shell(preparation: "ulimit -f \(row.value)"))
    #expect(outcome.ending == .exit(1))
    if row.value > 0 { expectRefused(outcome, folder("run")) }
    #expect(try bytes(of: folder("run/model.safetensors")) == before)
    #expect(try !folder.names(in: "run").contains { $0.hasSuffix(".tmp") })
  }

  @Test(
    "standard input closed", arguments: ["train", "plan", "evaluate", "score", "rank", "filter"])
  func standardInputClosed(command: String) throws {
    let folder = try TemporaryFolder()
    let arguments =
      switch command {
      case "train": ["train", "-", "--output", folder("run")]
      case "plan": ["plan", "-"]
      case "evaluate": ["evaluate", try Fixture.model(), "-"]
      case "filter": ["filter", try Fixture.model(), "-", "--keep-below", "9"]
      default: [command, try Fixture.model(), "-"]
      }
    expectRefused(
      try Program.run(arguments, shell: Shell(redirection: "<&-")), "standard input")
  }

  @Test(
    "a training that diverges ends with the update and the norm; the model that was there stays")
  func diverges() throws {
    let folder = try TemporaryFolder()
    let corpus = try folder.file("text", Fixture.text)
    expectDone(try Fixture.train(corpus, output: folder("run")))
    let before = try bytes(of: folder("run/model.safetensors"))
    let options = [
      "--overwrite", "--optimiser", "sgd", "--rate", "1e38", "--clip", "0", "--validate-every", "1",
    ]
    let outcome = try Fixture.train(corpus, output: folder("run"), options: options)
    expectRefused(outcome, "diverged at update", "gradient norm")
    #expect(try text(of: folder("run/log.jsonl")).contains("\"event\":\"diverged\""))
    if try bytes(of: folder("run/model.safetensors")) != before {
      expectDone(try Program.run("score", folder("run"), input: "the cat\n"))
    }
  }
}
