import EddyFiles

/// Reads candidates list by list: in memory are one list and the names of those before it.
public struct CandidateReader: Sendable {
  /// The largest list, in candidates: one takes some 200 bytes, however short its line.
  public static let largestList = 1_000_000
  /// The longest name of a list, candidate or column, in bytes of UTF-8. Names are hashed, which takes
  /// time in the square of a run of combining marks.
  public static let longestName = JSON.nameLimit
  /// Bounds the memory that the JSON of a line takes.
  private static let valueLimit = 10_000

  private let format: CandidateFormat
  private let file: String
  private var columns: CandidateColumns?
  private var line = 0
  private var listNumber = 1
  private var finishedLists: Set<String> = []
  private var held: Candidate?

  /// - Parameter file: The name of the file, for errors.
  /// - Throws: ``CandidateFileError`` (on line 0) if the format's columns are wrong.
  public init(_ format: CandidateFormat, file: String) throws(CandidateFileError) {
    self.format = format
    self.file = file
    if case .tabSeparated(let names?) = format {
      do { columns = try CandidateColumns(names) } catch {
        throw CandidateFileError(file: file, line: 0, problem: error)
      }
    }
  }

  /// The next list, in the order of its lines; nil at the end.
  ///
  /// - Parameter nextLine: The next line without its end, nil at the end of the file.
  /// - Throws: ``CandidateFileError``, or what `nextLine` throws.
  /// - Complexity: O(length of the list)
  public mutating func next(_ nextLine: () throws -> [UInt8]?) throws -> [Candidate]? {
    var list: [Candidate] = []
    var lines: [String: Int] = [:]
    if let held {
      try add(held, to: &list, lines: &lines)
      self.held = nil
    }
    while var bytes = try nextLine() {
      line += 1
      if line == 1, bytes.starts(with: FileSignature.utf8) {
        bytes.removeFirst(FileSignature.utf8.count)
      }
      if bytes.isEmpty {
        guard !list.isEmpty, !listsHaveNames else { continue }
        break
      }
      guard let candidate = try parse(bytes) else { continue }
      if let first = list.first, first.list != candidate.list {
        held = candidate
        break
      }
      try add(candidate, to: &list, lines: &lines)
    }
    guard let first = list.first else { return nil }
    listNumber += 1
    if listsHaveNames { finishedLists.insert(first.list) }
    return list
  }

  /// Whether lists are told apart by name, not by an empty line.
  private var listsHaveNames: Bool {
    switch format {
    case .lines: false
    case .tabSeparated: columns?.hasList ?? false
    case .jsonLines: true
    }
  }

  /// Whether candidates may have names, which must differ.
  private var candidatesHaveNames: Bool {
    switch format {
    case .lines: false
    case .tabSeparated: columns?.hasId ?? true
    case .jsonLines: true
    }
  }

  /// Adds a candidate to its list, and gives it a number if it has no id.
  private func add(
    _ candidate: Candidate, to list: inout [Candidate], lines: inout [String: Int]
  ) throws(CandidateFileError) {
    let here = candidate.line ?? line
    func failure(_ problem: CandidateProblem) -> CandidateFileError {
      CandidateFileError(file: file, line: here, problem: problem)
    }
    guard list.count < Self.largestList else {
      throw failure(.tooManyCandidates(limit: Self.largestList))
    }
    if list.isEmpty, finishedLists.contains(candidate.list) {
      throw failure(.listTwice(candidate.list))
    }
    var candidate = candidate
    if candidate.id.isEmpty { candidate.id = String(list.count + 1) }
    if candidatesHaveNames, let firstLine = lines.updateValue(here, forKey: candidate.id) {
      throw failure(
        .candidateTwice(id: candidate.id, list: candidate.list, firstLine: firstLine))
    }
    list.append(candidate)
  }

  /// The candidate of a line, its id empty if the line has none; nil if the line names the columns.
  private mutating func parse(_ bytes: [UInt8]) throws(CandidateFileError) -> Candidate? {
    do {
      guard var candidate = try parseLine(bytes) else { return nil }
      if !listsHaveNames { candidate.list = String(listNumber) }
      candidate.line = line
      return candidate
    } catch {
      throw CandidateFileError(file: file, line: line, problem: error)
    }
  }

  private mutating func parseLine(_ bytes: [UInt8]) throws(CandidateProblem) -> Candidate? {
    if format == .jsonLines { return try Self.candidate(json: bytes) }
    let text: String
    do { text = String(copying: try UTF8Span(validating: bytes.span)) } catch {
      throw .notUTF8(byte: error.byteOffsets.lowerBound)
    }
    if format == .lines { return Candidate(id: "", text: text) }
    if let columns { return try columns.candidate(text) }
    columns = try CandidateColumns(line: text)
    return nil
  }

  private static func candidate(json bytes: [UInt8]) throws(CandidateProblem) -> Candidate {
    let value: JSON
    do { value = try JSON(parsing: bytes, valueLimit: valueLimit) } catch {
      throw .notJSON("byte \(error.offset): \(error.reason).")
    }
    guard case .object(let object) = value else { throw .notAnObject }
    for name in object.keys.sorted() where !["list", "id", "text", "scores"].contains(name) {
      throw .unknownField(name)
    }
    guard let text = object["text"] else { throw .missingField("'text'") }
    guard case .string(let text) = text else { throw .wrongType(field: "text", needed: "a string") }
    guard object["id"] != nil || object["list"] != nil else { throw .missingField("'id'") }
    var candidate = Candidate(id: "", text: text)
    if let id = object["id"] { candidate.id = try identifier(id, field: "id") }
    if let list = object["list"] { candidate.list = try identifier(list, field: "list") }
    guard let scores = object["scores"] else { return candidate }
    guard case .object(let scores) = scores else {
      throw .wrongType(field: "scores", needed: "an object of names and numbers")
    }
    for (name, value) in scores.sorted(by: { $0.key < $1.key }) {
      candidate.scores[name] = try number(value, field: name)
    }
    return candidate
  }

  private static func identifier(
    _ value: JSON, field: String
  ) throws(CandidateProblem) -> String {
    switch value {
    case .string(""): throw .emptyIdentifier(field)
    case .string(let name): try checked(name, field: field)
    case .integer(let number): String(number)
    default: throw .wrongType(field: field, needed: "a string or an integer")
    }
  }

  /// A name that is not too long.
  static func checked(_ name: String, field: String) throws(CandidateProblem) -> String {
    guard name.utf8.count <= longestName else {
      throw .longName(field: field, limit: longestName)
    }
    return name
  }

  private static func number(_ value: JSON, field: String) throws(CandidateProblem) -> Double {
    switch value {
    case .number(let number) where number.isFinite: number
    case .number(let number): throw .notFinite(column: field, found: "\(number)")
    case .integer(let number): Double(number)
    case .string(let text): throw .notANumber(column: field, found: text)
    default: throw .wrongType(field: field, needed: "a finite number")
    }
  }
}
