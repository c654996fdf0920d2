import EddyFiles
import Foundation
import Testing

@Suite("corpora that are strange, and right")
struct AcceptedCorpusTests {
  private static let plain = Fixture.text

  /// Texts that must give the very model that the plain text gives.
  static let sameText: [Case<String>] = [
    Case("no last newline", String(plain.dropLast())),
    Case("CRLF", plain.replacing("\n", with: "\r\n")),
    Case("CR", plain.replacing("\n", with: "\r")),
    Case("a UTF-8 BOM (dropped)", "\u{FEFF}" + plain),
  ]

  @Test("the same text in other clothes gives the same model", arguments: sameText)
  func same(row: Case<String>) throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", row.value)
    expectDone(try Fixture.train(text, output: folder("run"), options: ["--model", "lstm"]))
    #expect(
      try bytes(of: folder("run/model.safetensors"))
        == bytes(of: Fixture.model() + "/model.safetensors"))
  }

  @Test("NFC and NFD mixed: normalised, in training and in scoring")
  func normalised() throws {
    let folder = try TemporaryFolder()
    let line = "le chat dort là-bas, déjà fatigué\n"
    let composed = line.precomposedStringWithCanonicalMapping
    let decomposed = line.decomposedStringWithCanonicalMapping
    #expect(Array(composed.utf8) != Array(decomposed.utf8))
    let models = try [composed + composed, composed + decomposed].enumerated().map { index, lines in
      let text = try folder.file("\(index)", String(repeating: lines, count: 60))
      expectDone(try Fixture.train(text, output: folder("run\(index)")))
      return try bytes(of: folder("run\(index)/model.safetensors"))
    }
    #expect(models[0] == models[1])
    let scores = try Program.run(
      ["score", folder("run0"), "--json"], input: Array((composed + decomposed).utf8)
    ).json()
    try #require(scores.count == 2)
    #expect(scores[0]["log_probability"] == scores[1]["log_probability"])
    #expect(scores[0]["unknown_tokens"] == 0)
    #expect(scores[1]["unknown_tokens"] == 0)
  }

  /// Lines that are repeated to make a text, and the tokenisers that must take it.
  static let strange: [Case<String>] = [
    Case("U+2028 and U+2029", "one\u{2028}two\u{2029}three\n"),
    Case("NUL", "one\u{0}two \u{0} three\n"),
    Case("zero-width", "ze\u{200B}ro\u{200D}width\u{FEFF} \u{2060}\n"),
    Case("right-to-left", "שלום עולם \u{202E}abc\u{202C} مرحبا\n"),
    Case("emoji sequences", "👩‍👩‍👧‍👦 🇨🇭🇫🇷 👍🏽 1️⃣ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 go\n"),
    Case("literal <unk> and <eos>", "the <unk> of <eos> is <unk>\n"),
  ]

  @Test("trained on, scored and generated from", arguments: strange)
  func strangeText(row: Case<String>) throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", String(repeating: row.value, count: 100))
    let tokenisers = [
      ["--tokenizer", "word"], ["--tokenizer", "whitespace"], ["--tokenizer", "character"],
      ["--tokenizer", "character", "--graphemes"], ["--tokenizer", "byte"],
    ]
    for (index, tokeniser) in tokenisers.enumerated() {
      let run = folder("run\(index)")
      expectDone(
        try Fixture.train(text, output: run, options: tokeniser + ["--hidden", "4"]))
      expectDone(try Program.run("evaluate", run, text))
      expectDone(try Program.run("score", run, text, "--words", "--json"))
      expectDone(try Program.run("generate", run, "--prompt", row.value, "--tokens", "20"))
    }
  }

  @Test("10⁵ combining marks on one letter")
  func combiningMarks() throws {
    let folder = try TemporaryFolder()
    let marks = String(repeating: "\u{301}", count: 100_000)
    let text = try folder.file("text", Fixture.text + "e" + marks + "\n" + Fixture.text)
    for tokeniser in [["--tokenizer", "word"], ["--tokenizer", "character", "--graphemes"]] {
      expectDone(
        try Fixture.train(
          text, output: folder("run"), options: tokeniser + ["--overwrite", "--updates", "3"]))
      expectDone(try Program.run("evaluate", folder("run"), text))
    }
  }

  @Test("literal <unk> is the unknown word, literal <eos> never ends a line")
  func literalSpecials() throws {
    let score = try Program.run(
      ["score", try Fixture.model(), "--words", "--json"], input: Array("the <unk> sees\n".utf8)
    ).object()
    #expect(score["unknown_tokens"] == 1)
    #expect(score["tokens"] == 4)
  }

  @Test("one token repeated: loss 0, perplexity 1")
  func oneToken() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", String(repeating: "again ", count: 4000))
    let validation = try folder.file("validation", String(repeating: "again ", count: 9))
    let options = ["--rate", "0.1", "--updates", "60", "--valid", validation]
    expectDone(try Fixture.train(text, output: folder("run"), options: options))
    let line = try folder.file("line", String(repeating: "again ", count: 500))
    let score = try Program.run(["score", folder("run"), line, "--words", "--json"]).object()
    let words = try #require(score["words"]?.array)
    try #require(words.count == 501)
    // The first word stands after an end of sentence, which the text has only once; the last is one.
    for word in words[1..<500] { #expect(try #require(word["log_probability"]?.number) > -0.05) }
  }

  @Test("one long line: bounded memory")
  func longLine() throws {
    let folder = try TemporaryFolder()
    // Everything that a debug build does with a byte costs a hundred times as much.
    let size = (Environment.isLong ? 4096 : 64) << 20
    let file = FileManager.default
    let path = try folder.file("text", [])
    let handle = try #require(FileHandle(forWritingAtPath: path))
    let piece = Data(
      String(repeating: "the cat sees the dog , and ", count: (1 << 20) / 27).utf8)
    for _ in 0..<(size / piece.count) { try handle.write(contentsOf: piece) }
    try handle.close()
    defer { try? file.removeItem(atPath: path) }
    let validation = try folder.file("validation", "the cat sees the dog\n")
    let outcome = try RunningProgram(
      ["train", path, "--output", folder("run"), "--valid", validation] + Fixture.quick
        + ["--updates", "2"],
      measuresMemory: true
    ).wait(timeLimit: .seconds(Environment.isLong ? 3600 : 300))
    expectDone(outcome)
    // The token ids are mapped: their pages count, and go when the system needs them.
    let mapped = try bytes(of: folder("run/tokens.train")).count
    // A sanitizer keeps what was freed.
    if let memory = outcome.peakMemory, !Sanitizer.isOn {
      #expect(memory < (128 << 20) + mapped, "\(memory >> 20) MiB, \(mapped >> 20) of them mapped")
    }
  }

  /// Vocabulary sizes that no longer fit a type.
  static let vocabularies: [Case<Int>] =
    [Case("above 2¹⁶", (1 << 16) + 5)]
    + (Environment.isLong || !Environment.isDebug ? [Case("above 2²⁰", (1 << 20) + 5)] : [])

  @Test("large vocabularies", arguments: vocabularies)
  func vocabulary(row: Case<Int>) throws {
    let folder = try TemporaryFolder()
    var numbers: [UInt8] = []
    for number in 0..<row.value {
      numbers += Array(String(number).utf8) + [number % 16 == 15 ? 0x0A : 0x20]
    }
    let text = try folder.file("text", numbers)
    let validation = try folder.file("validation", "1 2 3\n")
    let outcome = try Fixture.train(
      text, output: folder("run"),
      options: [
        "--valid", validation, "--hidden", "4", "--batch", "2", "--window", "3", "--updates", "1",
        "--tokenizer", "whitespace",
      ])
    expectDone(outcome)
    let description = try Program.run(["inspect", folder("run"), "--json"]).object()
    #expect(try #require(description["vocabulary_size"]?.integer) >= row.value)
    let last = "\(row.value - 1)"
    let scores = try Program.run(
      ["score", folder("run"), "--json"], input: Array("1 2 \(last)\n".utf8)
    ).object()
    #expect(scores["unknown_tokens"] == 0)
    #expect(scores["tokens"] == 4)
  }
}
