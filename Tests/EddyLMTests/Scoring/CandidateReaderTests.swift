import EddyLM
import Testing

struct CandidateReaderTests {
  func read(_ text: String, _ format: CandidateFormat) throws -> [[Candidate]] {
    try read(bytes: Array(text.utf8), format)
  }

  func read(bytes: [UInt8], _ format: CandidateFormat) throws -> [[Candidate]] {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
    if lines.last?.isEmpty == true { lines.removeLast() }
    var reader = try CandidateReader(format, file: "n-best")
    var lists: [[Candidate]] = []
    while let list = try reader.next({ lines.popFirst().map(Array.init) }) { lists.append(list) }
    return lists
  }

  func problem(_ text: String, _ format: CandidateFormat) -> CandidateFileError? {
    #expect(throws: CandidateFileError.self) { try read(text, format) }
  }

  @Test("plain lines: an empty line separates lists, the first word is text")
  func lines() throws {
    let lists = try read("7 you say\nhello\n\n\ngoodbye\n\n", .lines)
    #expect(
      lists == [
        [
          Candidate(list: "1", id: "1", text: "7 you say", line: 1),
          Candidate(list: "1", id: "2", text: "hello", line: 2),
        ],
        [Candidate(list: "2", id: "1", text: "goodbye", line: 5)],
      ])
    #expect(try read("", .lines).isEmpty)
  }

  @Test("columns from the header or from the caller; an empty text is legal")
  func columns() throws {
    let rows = "a\t1\t-3.5\tyou say\na\t2\t+1e-2\t\nb\t1\t.5\thello\n"
    let expected = [
      [
        Candidate(list: "a", id: "1", text: "you say", scores: ["am": -3.5], line: 1),
        Candidate(list: "a", id: "2", text: "", scores: ["am": 0.01], line: 2),
      ],
      [Candidate(list: "b", id: "1", text: "hello", scores: ["am": 0.5], line: 3)],
    ]
    let names = ["list", "id", "am", "text"]
    #expect(try read(rows, .tabSeparated(columns: names)) == expected)
    let withHeader = try read(
      "\u{FEFF}list\tid\tam\ttext\n\n" + rows, .tabSeparated(columns: nil))
    #expect(withHeader.map { $0.map(\.text) } == expected.map { $0.map(\.text) })
    #expect(withHeader[1][0].line == 5)
  }

  @Test("without a list column an empty line separates; without an id candidates are numbered")
  func missingColumns() throws {
    let byLine = try read("x\ta\ny\tb\n\nx\tc\n", .tabSeparated(columns: ["id", "text"]))
    #expect(byLine.map { $0.map(\.id) } == [["x", "y"], ["x"]])
    #expect(byLine.map { $0[0].list } == ["1", "2"])
    let numbered = try read("u\ta\nu\tb\n\nv\tc\n", .tabSeparated(columns: ["list", "text"]))
    #expect(numbered.map { $0.map(\.id) } == [["1", "2"], ["1"]])
  }

  @Test("columns that make no sense are refused")
  func badColumns() {
    let cases: [([String], CandidateProblem)] = [
      (["id", "score"], .lastColumnIsNotText(found: ["id", "score"])),
      (["am", "text"], .noIdentifierColumn(found: ["am", "text"])),
      (["id", "", "text"], .unnamedColumn(number: 2)),
      (["id", "am", "am", "text"], .columnTwice("am")),
      (["id", "text", "text"], .columnTwice("text")),
      (["utt1", "-3", "hello there"], .lastColumnIsNotText(found: ["utt1", "-3", "hello there"])),
      ([], .lastColumnIsNotText(found: [])),
    ]
    for (columns, problem) in cases {
      #expect(throws: CandidateFileError(file: "f", line: 0, problem: problem)) {
        try CandidateReader(.tabSeparated(columns: columns), file: "f")
      }
    }
    #expect(
      problem("id\tscore\n1\t2\n", .tabSeparated(columns: nil))?.description
        == "n-best, line 1: the last column must be 'text', found the columns 'id', 'score'.")
  }

  @Test(
    "a bad row is refused with its line and column",
    arguments: [
      (
        "u1", CandidateProblem.wrongFieldCount(found: 1, columns: ["id", "am", "text"])
      ),
      ("u1\t-3", .wrongFieldCount(found: 2, columns: ["id", "am", "text"])),
      ("u1\t-3\tyou\tsay", .wrongFieldCount(found: 4, columns: ["id", "am", "text"])),
      ("you say hello", .wrongFieldCount(found: 1, columns: ["id", "am", "text"])),
      ("\t-3\tyou", .emptyIdentifier("id")),
      ("u1\t1,5\tyou", .notANumber(column: "am", found: "1,5")),
      ("u1\t\tyou", .notANumber(column: "am", found: "")),
      ("u1\t 1\tyou", .notANumber(column: "am", found: " 1")),
      ("u1\t0x1p3\tyou", .notANumber(column: "am", found: "0x1p3")),
      ("u1\t1e\tyou", .notANumber(column: "am", found: "1e")),
      ("u1\tnan\tyou", .notFinite(column: "am", found: "nan")),
      ("u1\t-Inf\tyou", .notFinite(column: "am", found: "-Inf")),
      ("u1\tinfinity\tyou", .notFinite(column: "am", found: "infinity")),
      ("u1\t1e400\tyou", .notFinite(column: "am", found: "1e400")),
      ("u0\t1\tyou", .candidateTwice(id: "u0", list: "1", firstLine: 1)),
    ])
  func badRow(row: String, expected: CandidateProblem) {
    let error = problem("u0\t0\tsay\n" + row, .tabSeparated(columns: ["id", "am", "text"]))
    #expect(error == CandidateFileError(file: "n-best", line: 2, problem: expected))
  }

  @Test("errors read as sentences")
  func sentences() {
    #expect(
      problem("u1\t1,5\tyou\n", .tabSeparated(columns: ["id", "am", "text"]))?.description
        == "n-best, line 1: 'am' needs a number, found '1,5': write a decimal point, not a comma.")
    #expect(
      problem("a\tx\nb\ty\na\tz", .tabSeparated(columns: ["list", "text"]))?.description
        == "n-best, line 3: the list 'a' came before and was finished; "
        + "the lines of a list must stand together.")
  }

  @Test("a list that comes again after it was finished")
  func outOfOrder() {
    #expect(
      problem("a\t1\tx\nb\t1\ty\na\t2\tz", .tabSeparated(columns: ["list", "id", "text"]))
        == CandidateFileError(file: "n-best", line: 3, problem: .listTwice("a")))
  }

  @Test("text that is not UTF-8 is refused with line and byte")
  func notUTF8() {
    for (bytes, offset) in [
      ([0x61, 0x92] as [UInt8], 1), ([0xC3], 0), ([0xC3, 0xA9, 0xE2, 0x82], 2),
    ] {
      #expect(
        throws: CandidateFileError(file: "n-best", line: 2, problem: .notUTF8(byte: offset))
      ) { try read(bytes: [0x61, 0x0A] + bytes, .lines) }
    }
  }

  @Test("JSON Lines")
  func jsonLines() throws {
    let lists = try read(
      """
      {"list": "a", "id": "1", "text": "you say", "scores": {"am": -3, "cost": 0.5}}
      {"list": "a", "id": 2, "text": ""}

      {"list": 7, "text": "hello\\tyou"}
      """, .jsonLines)
    #expect(
      lists == [
        [
          Candidate(
            list: "a", id: "1", text: "you say", scores: ["am": -3, "cost": 0.5], line: 1),
          Candidate(list: "a", id: "2", text: "", line: 2),
        ],
        [Candidate(list: "7", id: "1", text: "hello\tyou", line: 4)],
      ])
  }

  @Test(
    "a bad JSON line is refused with its line",
    arguments: [
      (#"[]"#, CandidateProblem.notAnObject),
      (#"{"id": "1"}"#, .missingField("'text'")),
      (#"{"text": "you"}"#, .missingField("'id'")),
      (#"{"id": "", "text": "you"}"#, .emptyIdentifier("id")),
      (#"{"id": 1.5, "text": "you"}"#, .wrongType(field: "id", needed: "a string or an integer")),
      (#"{"id": 1, "text": 2}"#, .wrongType(field: "text", needed: "a string")),
      (#"{"id": 1, "text": "", "am": 3}"#, .unknownField("am")),
      (
        #"{"id": 1, "text": "", "scores": [3]}"#,
        .wrongType(field: "scores", needed: "an object of names and numbers")
      ),
      (
        #"{"id": 1, "text": "", "scores": {"am": "1,5"}}"#, .notANumber(column: "am", found: "1,5")
      ),
      (
        #"{"id": 1, "text": "", "scores": {"am": null}}"#,
        .wrongType(field: "am", needed: "a finite number")
      ),
      (#"{"id": 0, "text": ""}"#, .candidateTwice(id: "0", list: "", firstLine: 1)),
    ])
  func badJSON(row: String, expected: CandidateProblem) {
    let error = problem(#"{"id": 0, "text": "say"}"# + "\n" + row, .jsonLines)
    #expect(error == CandidateFileError(file: "n-best", line: 2, problem: expected))
  }

  @Test("what is not JSON at all", arguments: ["{", "NaN", #"{"id":1,"id":2,"text":""}"#])
  func notJSON(row: String) {
    let error = problem(row, .jsonLines)
    #expect(error?.line == 1)
    guard case .notJSON = error?.problem else {
      Issue.record("\(row) gave \(String(describing: error))")
      return
    }
  }

  @Test("100,000 hypotheses, one list in memory at a time")
  func many() throws {
    var reader = try CandidateReader(.tabSeparated(columns: ["list", "id", "text"]), file: "many")
    var line = 0
    var lists = 0
    while let list = try reader.next({
      guard line < 100_000 else { return nil }
      defer { line += 1 }
      return Array("u\(line / 10)\t\(line % 10)\tyou say".utf8)
    }) {
      #expect(list.count == 10)
      lists += 1
      #expect(line <= 10 * lists + 1)
    }
    #expect(lists == 10_000)
  }
}
