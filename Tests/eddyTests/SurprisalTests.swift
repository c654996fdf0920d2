import EddyFiles
import Foundation
import Testing

@Suite("what a model expected of each word")
struct SurprisalTests {
  private static let input = "the cat sees the zebra\nthe \"queen\"\t\u{1B}[31m & <b> finds\n"

  private func evaluate(
    _ options: String..., model: String? = nil, environment: [String: String] = [:]
  ) throws -> Outcome {
    try Program.run(
      ["evaluate", try model ?? Fixture.model(), "-"] + options, input: Array(Self.input.utf8),
      environment: environment)
  }

  @Test("--words in a pipe: one line for each token, then what there is without")
  func lines() throws {
    let table = expectDone(try evaluate()).output
    let outcome = expectDone(try evaluate("--words", environment: ["NO_COLOR": ""])).output
    #expect(outcome.hasSuffix("\n\n" + table))
    let lines = outcome.dropLast(table.count + 1).split(separator: "\n").map {
      $0.split(separator: "\t").map(String.init)
    }
    #expect(lines.prefix(6).map { $0[1] } == ["the", "cat", "sees", "the", "zebra", "<eos>"])
    #expect(lines[4][2...] == ["unknown"] && lines[3].count == 2)
    #expect(lines.count == (try evaluate("--json").object()["tokens"]?.integer).map(Int.init))
  }

  @Test("--words --json: an object for each token, which add up to the last line")
  func objects() throws {
    let lines = try expectDone(evaluate("--words", "--json")).json()
    let whole = try #require(lines.last)
    #expect(whole == .object(try evaluate("--json").object()))
    let bits = try lines.dropLast().map { try #require($0["surprisal_bits"]?.number) }
    #expect(bits.count == whole["tokens"]?.integer.map(Int.init))
    let mean = try #require(whole["bits_per_token"]?.number)
    #expect(abs(bits.reduce(0, +) / Double(bits.count) - mean) < 1e-9)
    #expect(lines[4]["word"] == "zebra" && lines[4]["unknown"] == true)
    #expect(lines[6]["line"] == 2 && lines[6]["position"] == 1)
  }

  @Test("--html writes a page, once")
  func page() throws {
    let folder = try TemporaryFolder()
    let outcome = expectDone(try evaluate("--html", folder("page.html")))
    #expect(outcome.output == (try evaluate()).output)
    let page = try text(of: folder("page.html"))
    #expect(page.contains("&amp;") && page.contains(">zebra</span>") && page.contains("␛"))
    #expect(!page.contains("\u{1B}") && !page.contains("<b>"))
    expectRefused(try evaluate("--html", folder("page.html")), "page.html", "Is there already")
    #expect(try text(of: folder("page.html")) == page)
    // A text that is refused leaves no page behind.
    expectRefused(
      try Program.run("evaluate", Fixture.model(), "-", "--html", folder("other.html")), "empty")
    #expect(try folder.names() == ["page.html"])
  }

  @Test("--breakdown: two tables, or two lists whose tokens are those of the text")
  func breakdown() throws {
    let table = expectDone(try evaluate("--breakdown")).output
    #expect(table.hasPrefix(try evaluate().output + "\n"))
    #expect(table.contains("\noccurrences in the training text  tokens"))
    #expect(table.contains("\nposition in the sentence  tokens"))
    let object = try evaluate("--breakdown", "--json").object()
    for name in ["by_frequency", "by_position"] {
      let list = try #require(object[name]?.array)
      let tokens = list.compactMap { $0["tokens"]?.integer }
      #expect(tokens.count == list.count && tokens.reduce(0, +) == object["tokens"]?.integer)
    }
    #expect(object["by_frequency"]?.array?.first?["tokens"] == object["unknown_tokens"])
  }

  @Test("n-grams and mixtures have a breakdown; imported n-grams have no counts")
  func nGrams() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text.txt", Fixture.text)
    let run = folder("run")
    expectDone(try Program.run("train", text, "--output", run, "--model", "kneser-ney"))
    let list = try evaluate("--breakdown", "--json", model: run).object()["by_frequency"]?.array
    #expect(list?.isEmpty == false)
    expectDone(
      try Program.run("export", run, "--format", "arpa", "--output", folder("model.arpa")))
    expectDone(
      try Program.run("import", folder("model.arpa"), "--output", folder("imported")))
    let imported = folder("imported")
    let table = expectDone(try evaluate("--breakdown", "--words", model: imported)).output
    #expect(table.contains("has no counts\n\nposition in the sentence"))
    #expect(
      try evaluate("--breakdown", "--json", model: imported).object()["by_frequency"] == .null)
    expectDone(
      try Program.run("mix", run, run, "--tune", text, "--output", folder("mixture.json")))
    let mixed = try evaluate("--breakdown", "--json", model: folder("mixture.json")).object()
    #expect(mixed["by_frequency"]?.array?.count == list?.count)
  }

  #if os(Linux)
    @Test(
      "on a terminal the text is in colours, unless NO_COLOR is set",
      .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
    func terminal() throws {
      let folder = try TemporaryFolder()
      let text = try folder.file("text", Self.input)
      let colours = try onTerminal(
        ["evaluate", Fixture.model(), text, "--words"], ["NO_COLOR": ""])
      let words = colours.replacing(/\u{1B}\[[0-9;]*[mK]/, with: "").split(separator: "\r\n")
      #expect(words.first == "the cat sees the zebra⏎")
      // What the text itself holds does not reach the terminal.
      #expect(words[1] == "the \"queen\" ␛[31m & <b> finds⏎")
      #expect(words[2].hasPrefix("bits:  under 1  1–2 "))
      #expect(colours.contains("\u{1B}[4;38;5;") && !colours.contains("\u{1B}[31m"))
      let plain = try onTerminal(
        ["evaluate", Fixture.model(), "-", "--words"], ["NO_COLOR": "1"], input: "the cat\n")
      #expect(!plain.contains("\u{1B}[") && plain.contains("\tcat\r\n"))
    }

    /// What a program shows on a terminal of its own.
    private func onTerminal(
      _ arguments: [String], _ environment: [String: String], input: String = ""
    ) throws -> String {
      let folder = try TemporaryFolder()
      let command = ([Program.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/script")
      process.arguments = [
        "-qec", "\(command) < '\(try folder.file("input", input))'", "/dev/null",
      ]
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      process.standardInput = FileHandle.nullDevice
      let output = try folder.file("output", "")
      process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      return try text(of: output)
    }
  #endif
}
