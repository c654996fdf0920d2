import EddyLM
import Testing

/// What a file of candidates may not be larger than: found by Fuzz and by thinking like it.
struct CandidateLimitTests {
  func read(_ lines: [String], _ format: CandidateFormat) throws -> Int {
    var rest = lines[...]
    var reader = try CandidateReader(format, file: "n-best")
    var count = 0
    while let list = try reader.next({ rest.popFirst().map { Array($0.utf8) } }) {
      count += list.count
    }
    return count
  }

  func problem(_ lines: [String], _ format: CandidateFormat) -> CandidateProblem? {
    let error = #expect(throws: CandidateFileError.self) { try read(lines, format) }
    #expect((error?.description.utf8.count ?? 0) < 4096)
    return error?.problem
  }

  static let marks = String(repeating: "\u{301}\u{316}", count: 64)

  @Test("names are hashed in the square of a run of marks, so long ones are refused")
  func longNames() throws {
    let columns = CandidateFormat.tabSeparated(columns: ["list", "id", "text"])
    let long = String(repeating: Self.marks, count: 60_000)
    #expect(try read(["\(Self.marks)\t\(Self.marks)\ta"], columns) == 1)
    #expect(problem(["\(long)\ta\ta"], columns) == .longName(field: "list", limit: 256))
    #expect(problem(["a\t\(long)\ta"], columns) == .longName(field: "id", limit: 256))
    #expect(
      problem(["id\t\(long)\ttext"], .tabSeparated(columns: nil))
        == .longName(field: "the name of a column", limit: 256))
    #expect(
      problem(["{\"id\":\"\(long)\",\"text\":\"\"}"], .jsonLines)
        == .longName(field: "id", limit: 256))
  }

  @Test("a line of tabs is no million columns")
  func tabs() throws {
    let tabs = String(repeating: "\t", count: 1_000_000)
    #expect(problem([tabs], .tabSeparated(columns: nil)) == .tooManyColumns(limit: 1000))
    #expect(
      problem(["a\(tabs)"], .tabSeparated(columns: ["id", "text"]))
        == .wrongFieldCount(found: 1_000_001, columns: ["id", "text"]))
    let names = ["id"] + (0..<998).map { "score\($0)" } + ["text"]
    let line = "a\t" + String(repeating: "1\t", count: 998)
    #expect(try read([names.joined(separator: "\t"), line], .tabSeparated(columns: nil)) == 1)
  }

  @Test("a list has at most a million candidates, a file any number of lists")
  func longList() throws {
    let lines = [String](repeating: "a", count: CandidateReader.largestList)
    #expect(try read(lines, .lines) == lines.count)
    #expect(problem(lines + ["a"], .lines) == .tooManyCandidates(limit: lines.count))
    #expect(try read(lines + [""] + lines, .lines) == 2 * lines.count)
  }

  @Test("a line holds few JSON values")
  func values() {
    let zeros = String(repeating: "0,", count: 1_000_000)
    let line = "{\"id\":1,\"text\":\"\",\"scores\":[\(zeros)0]}"
    #expect(problem([line], .jsonLines)?.description.contains("too many values") == true)
  }

  @Test("a message does not repeat a long field")
  func messages() {
    let long = String(repeating: "z", count: 1_000_000)
    _ = problem(["a\t\(long)\t"], .tabSeparated(columns: ["id", "score", "text"]))
    _ = problem(["{\"id\":\"a\",\"text\":\"\",\"\(long.prefix(256))\":1}"], .jsonLines)
    _ = problem(
      ["{\"id\":\"a\",\"text\":\"\",\"scores\":{\"x\":\"\(long)\"}}"], .jsonLines)
  }

  @Test(
    "words are counted where they stand", arguments: [("", 0), (" a  b\u{3000}c\n", 3), ("a", 1)])
  func words(text: String, count: Int) {
    #expect(Candidate(id: "1", text: text).wordCount == count)
  }
}
