/// How candidates are written down, one a line, in UTF-8.
///
/// The first word of a text is never taken for an identifier: identifiers have a column or a field of
/// their own, or the format has none.
public enum CandidateFormat: Sendable, Equatable {
  /// A line is a text, and an empty line separates two lists. Lists and their candidates are numbered
  /// from 1. An empty candidate cannot be written.
  case lines

  /// Columns separated by tabs: `list` and `id` (at least one of them), then any other scores by their
  /// names, `text` last.
  ///
  /// Without `list`, an empty line separates two lists; without `id`, candidates are numbered from 1
  /// within their list. An empty last column is an empty text.
  ///
  /// - Parameter columns: The names of the columns; nil if the first line gives them.
  case tabSeparated(columns: [String]?)

  /// A JSON object a line: `{"list": …, "id": …, "text": …, "scores": {"name": number}}`, where `text`
  /// and one of `list` and `id` are required. Identifiers are strings or integers.
  case jsonLines
}

/// The columns of a table of candidates.
struct CandidateColumns {
  /// The most columns that are read.
  static let limit = 1000

  let names: [String]
  private let list: Int?
  private let id: Int?

  /// The columns that a line names.
  init(line: String) throws(CandidateProblem) {
    try self.init(Self.fields(line, limit: Self.limit + 1))
  }

  init(_ names: [String]) throws(CandidateProblem) {
    guard names.count <= Self.limit else { throw .tooManyColumns(limit: Self.limit) }
    for name in names { _ = try CandidateReader.checked(name, field: "the name of a column") }
    guard names.last == "text" else { throw .lastColumnIsNotText(found: names) }
    if let empty = names.firstIndex(of: "") { throw .unnamedColumn(number: empty + 1) }
    var seen: Set<String> = []
    if let twice = names.first(where: { !seen.insert($0).inserted }) { throw .columnTwice(twice) }
    list = names.firstIndex(of: "list")
    id = names.firstIndex(of: "id")
    guard list != nil || id != nil else { throw .noIdentifierColumn(found: names) }
    self.names = names
  }

  var hasList: Bool { list != nil }
  var hasId: Bool { id != nil }

  /// The first fields of a line; the last of `limit` fields holds all the rest.
  private static func fields(_ line: String, limit: Int) -> [String] {
    line.utf8.split(
      separator: UInt8(ascii: "\t"), maxSplits: limit - 1, omittingEmptySubsequences: false
    ).map { String(Substring($0)) }
  }

  /// The candidate of a line; its id is empty if there is no such column.
  func candidate(_ line: String) throws(CandidateProblem) -> Candidate {
    let fields = Self.fields(line, limit: names.count)
    let found = 1 + line.utf8.count { $0 == UInt8(ascii: "\t") }
    guard found == names.count else { throw .wrongFieldCount(found: found, columns: names) }
    var candidate = Candidate(id: "", text: fields[fields.count - 1])
    for (index, name) in names.enumerated().dropLast() {
      let field = fields[index]
      if index == list || index == id, field.isEmpty { throw .emptyIdentifier(name) }
      switch index {
      case list: candidate.list = try CandidateReader.checked(field, field: name)
      case id: candidate.id = try CandidateReader.checked(field, field: name)
      default: candidate.scores[name] = try Self.number(field, column: name)
      }
    }
    return candidate
  }

  /// Whether it is the name of something that is no finite number.
  private static func isNamedNumber(_ field: String) -> Bool {
    guard field.utf8.count <= "+infinity".utf8.count else { return false }
    let word = field.lowercased().trimmingPrefix { $0 == "+" || $0 == "-" }
    return ["nan", "inf", "infinity"].contains(String(word))
  }

  /// A finite decimal number with a point.
  private static func number(
    _ field: String, column: String
  ) throws(CandidateProblem) -> Double {
    let isDecimal = field.utf8.allSatisfy {
      (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0)
    }
    guard isDecimal, let number = Double(field) else {
      guard !isNamedNumber(field) else { throw .notFinite(column: column, found: field) }
      throw .notANumber(column: column, found: field)
    }
    guard number.isFinite else { throw .notFinite(column: column, found: field) }
    return number
  }
}
