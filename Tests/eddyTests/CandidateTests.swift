import EddyFiles
import Foundation
import Testing

@Suite("candidates and scores")
struct CandidateTests {
  private func rank(_ input: String, _ options: String...) throws -> Outcome {
    try Program.run(["rank", try Fixture.model()] + options, input: Array(input.utf8))
  }

  /// Texts of a table, and what the complaint says.
  static let tables: [Case<String>] = [
    Case("an id alone", "id\ttext\n1\tthe cat\n2\n", "line 3", "found 1"),
    Case("no id", "acoustic\ttext\n-3\tthe cat\n", "line 1", "'id'"),
    Case("an empty id", "id\ttext\n\tthe cat\n", "line 2", "'id' is empty"),
    Case("no text", "id\tacoustic\n1\t-3\n", "line 1", "'text'"),
    Case("a column twice", "id\tid\ttext\n", "line 1", "twice"),
    Case("a column without a name", "id\t\ttext\n", "line 1", "column 2"),
    Case("too many fields", "id\ttext\n1\tthe\tcat\n", "line 2", "found 3"),
    Case(
      "duplicate ids", "list\tid\ttext\na\t1\tthe cat\na\t2\tthe dog\na\t1\tthe boy\n", "line 4",
      "'1'", "line 2"),
    Case(
      "acoustic scores NaN", "id\tacoustic\ttext\n1\tnan\tthe cat\n", "line 2", "'acoustic'", "nan"),
    Case(
      "acoustic scores infinite", "id\tacoustic\ttext\n1\t-inf\tthe cat\n", "line 2", "'acoustic'",
      "finite"),
    Case(
      "acoustic scores above 10³⁰⁸", "id\tacoustic\ttext\n1\t1e309\tthe cat\n", "line 2",
      "'acoustic'", "finite"),
    Case(
      "acoustic scores 1,5", "id\tacoustic\ttext\n1\t1,5\tthe cat\n", "line 2", "'acoustic'",
      "decimal point"),
    Case("an empty acoustic score", "id\tacoustic\ttext\n1\t\tthe cat\n", "line 2", "'acoustic'"),
    Case(
      "out of order", "list\tid\ttext\na\t1\tthe cat\nb\t1\tthe dog\na\t2\tthe boy\n", "line 4",
      "'a'", "stand together"),
  ]

  @Test("tables that are refused, with the line", arguments: tables)
  func table(row: Case<String>) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("candidates.tsv", row.value)
    let outcome = try Program.run("rank", try Fixture.model(), file, "--tsv")
    // Lists that came before the mistake may have been answered.
    #expect(outcome.ending == .exit(1), "\(outcome.error)")
    #expect(outcome.error.hasPrefix("Error: \(file), line "))
    #expect(outcome.error.split(separator: "\n").count == 1)
    for fragment in row.fragments { #expect(outcome.error.contains(fragment), "\(outcome.error)") }
    expectRefused(try rank(row.value, "--tsv", "--json").withoutOutput, "standard input, line ")
  }

  /// Lines of JSON, and what the complaint says.
  static let objects: [Case<String>] = [
    Case("no id", #"{"text": "the cat"}"#, "'id'"),
    Case("an id alone", #"{"id": "1"}"#, "'text'"),
    Case("no JSON", "the cat", "JSON"),
    Case("no object", "[1]", "object"),
    Case("a text that is a number", #"{"id": "1", "text": 1}"#, "'text'"),
    Case("an id that is an object", #"{"id": {}, "text": "the"}"#, "'id'"),
    Case("a key twice", #"{"id": "1", "id": "2", "text": "the"}"#, "twice"),
    Case("an unknown field", #"{"id": "1", "text": "the", "score": 1}"#, "'score'"),
    Case("a score that is text", #"{"id": 1, "text": "the", "scores": {"a": "1,5"}}"#, "'a'"),
    Case("a score NaN", #"{"id": 1, "text": "the", "scores": {"a": NaN}}"#, "JSON"),
    Case("a score of 10⁴⁰⁰", #"{"id": 1, "text": "the", "scores": {"a": 1e400}}"#, "JSON"),
    Case("a lone surrogate", #"{"id": 1, "text": "\ud800"}"#, "surrogate"),
    Case("deep nesting", String(repeating: "[", count: 100_000), "JSON"),
  ]

  @Test("JSON Lines that are refused, with the line", arguments: objects)
  func object(row: Case<String>) throws {
    let outcome = try rank(
      "{\"id\": \"good\", \"list\": \"a\", \"text\": \"the cat\"}\n" + row.value + "\n", "--jsonl")
    expectRefused(outcome.withoutOutput, "standard input, line 2")
    for fragment in row.fragments { #expect(outcome.error.contains(fragment), "\(outcome.error)") }
  }

  @Test(
    "bytes that are not UTF-8, with the line and the byte", arguments: ["rank", "score", "filter"])
  func notUTF8(command: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("lines", Array("the cat\nthe ".utf8) + [0x92] + Array("dog\n".utf8))
    let outcome = try Program.run(
      [command, try Fixture.model(), file] + (command == "filter" ? ["--keep-below", "9"] : []))
    expectRefused(
      outcome.withoutOutput, file, "ine 2", "byte \(command == "rank" ? 4 : 12)", "UTF-8")
  }

  @Test("an empty hypothesis is the end of a sentence and nothing else")
  func empty() throws {
    let table = try rank("id\ttext\nnone\t\nsome\tthe cat\n", "--tsv", "--json").json()
    let candidates = try #require(table.first?["candidates"]?.array)
    #expect(candidates.count == 2)
    let empty = try #require(candidates.first { $0["id"] == "none" })
    #expect(empty["tokens"] == 1)
    let scored = try Program.run(
      ["score", try Fixture.model(), "--json"], input: Array("\n".utf8)
    ).json()
    #expect(scored.first?["tokens"] == 1)
    #expect(empty["log_probability"] == scored.first?["log_probability"])
  }

  @Test("the first word is never taken for an id")
  func firstWord() throws {
    let lines = "the cat sees the dog at home\nthe dog sees the cat at home\n"
    let candidates = try #require(try rank(lines, "--json").object()["candidates"]?.array)
    let scores = try Program.run(
      ["score", try Fixture.model(), "--json"], input: Array(lines.utf8)
    ).json()
    #expect(Set(candidates.compactMap { $0["id"]?.string }) == ["1", "2"])
    for score in scores {
      let candidate = try #require(candidates.first { $0["text"] == score["text"] })
      #expect(candidate["log_probability"] == score["log_probability"])
      #expect(candidate["tokens"] == 8)
    }
  }

  @Test("the order is by score, and other scores count with their weight")
  func order() throws {
    let table =
      "id\tacoustic\ttext\nnoise\t-1\thome the at dog the sees cat\nspeech\t-2\tthe cat sees the dog at home\n"
    func ids(_ options: String...) throws -> [String] {
      let outcome = try Program.run(
        ["rank", try Fixture.model(), "--tsv", "--json"] + options, input: Array(table.utf8))
      return try #require(try outcome.object()["candidates"]?.array)
        .compactMap { $0["id"]?.string }
    }
    #expect(try ids() == ["speech", "noise"])
    #expect(try ids("--weight", "acoustic=1000") == ["noise", "speech"])
  }

  @Test("many hypotheses in one list")
  func many() throws {
    let count = Environment.isLong ? 1_000_000 : 20_000
    let texts = Fixture.sentences(64)
    var table = "id\ttext\n"
    for index in 0..<count { table += "\(index)\t\(texts[index % 64])\n" }
    let folder = try TemporaryFolder()
    let file = try folder.file("many.tsv", table)
    let outcome = try Program.run(
      ["rank", try Fixture.model(), file, "--tsv"],
      timeLimit: .seconds(Environment.isLong ? 3600 : 120))
    expectDone(outcome)
    #expect(outcome.output.split(separator: "\n").count == count + 2)
  }

  @Test("a sentence of 10⁵ words")
  func longSentence() throws {
    let line = String(repeating: "the cat ", count: 50_000)
    let score = try Program.run(
      ["score", try Fixture.model(), "--json"], input: Array(line.utf8)
    ).json()
    #expect(score.first?["tokens"] == 100_001)
    #expect(try #require(score.first?["log_probability"]?.number).isFinite)
  }

  @Test("a score that has a weight and is not there, or makes the total infinite")
  func missingScore() throws {
    let table = "id\tacoustic\ttext\n1\t1e308\tthe cat\n"
    expectRefused(
      try rank(table, "--tsv", "--weight", "typing=1"), "standard input: Line 2", "'typing'")
    expectRefused(
      try rank(table, "--tsv", "--weight", "acoustic=1e308"), "standard input: Line 2", "finite")
  }

  @Test("no candidates at all")
  func none() throws {
    let outcome = expectDone(try rank(""))
    #expect(outcome.output.isEmpty)
  }
}

extension Outcome {
  /// The same without the results that came before a mistake.
  fileprivate var withoutOutput: Outcome {
    var copy = self
    copy.output = ""
    return copy
  }
}
