import EddyFiles

/// Why a file of candidates was refused.
public struct CandidateFileError: Error, Equatable {
  /// The file, as the user named it.
  public var file: String
  /// The line, from 1.
  public var line: Int
  public var problem: CandidateProblem

  public init(file: String, line: Int, problem: CandidateProblem) {
    self.file = file
    self.line = line
    self.problem = problem
  }
}

/// What is wrong with a line of a file of candidates.
public enum CandidateProblem: Error, Equatable, Sendable {
  case notUTF8(byte: Int)
  case lastColumnIsNotText(found: [String])
  case unnamedColumn(number: Int)
  case columnTwice(String)
  case noIdentifierColumn(found: [String])
  case wrongFieldCount(found: Int, columns: [String])
  case emptyIdentifier(String)
  case notANumber(column: String, found: String)
  case notFinite(column: String, found: String)
  case notJSON(String)
  case notAnObject
  case unknownField(String)
  case missingField(String)
  case wrongType(field: String, needed: String)
  case candidateTwice(id: String, list: String, firstLine: Int)
  case listTwice(String)
  case tooManyCandidates(limit: Int)
  case tooManyColumns(limit: Int)
  case longName(field: String, limit: Int)
}

extension CandidateFileError: CustomStringConvertible {
  public var description: String { "\(file), line \(line): \(problem)" }
}

extension CandidateProblem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notUTF8(let byte): "byte \(byte) of the line is not UTF-8."
    case .lastColumnIsNotText(let found):
      "the last column must be 'text', found the columns \(Self.quoted(found))."
    case .unnamedColumn(let number): "column \(number) has no name."
    case .columnTwice(let name): "the column \(name.quotedExcerpt) is named twice."
    case .noIdentifierColumn(let found):
      "a column 'id' or 'list' is needed, found the columns \(Self.quoted(found))."
    case .wrongFieldCount(let found, let columns):
      "\(columns.count) fields separated by tabs are needed (\(Self.quoted(columns))), "
        + "found \(found)."
    case .emptyIdentifier(let name): "\(name.quotedExcerpt) is empty; it must name something."
    case .notANumber(let column, let found):
      found.contains(",")
        ? "\(column.quotedExcerpt) needs a number, found \(found.quotedExcerpt): "
          + "write a decimal point, not a comma."
        : "\(column.quotedExcerpt) needs a number, found \(found.quotedExcerpt)."
    case .notFinite(let column, let found):
      "\(column.quotedExcerpt) needs a finite number, found \(found.quotedExcerpt)."
    case .notJSON(let reason): "this is not JSON: \(reason)"
    case .notAnObject: "a JSON object such as {\"id\": \"1\", \"text\": \"…\"} is needed."
    case .unknownField(let name):
      "the field \(name.quotedExcerpt) is not known; "
        + "the fields are 'list', 'id', 'text' and 'scores'."
    case .missingField(let name): "the field \(name) is missing."
    case .wrongType(let field, let needed): "\(field.quotedExcerpt) must be \(needed)."
    case .candidateTwice(let id, let list, let firstLine):
      "the candidate \(id.quotedExcerpt) stands twice in the list \(list.quotedExcerpt); "
        + "the first is on line \(firstLine)."
    case .listTwice(let list):
      "the list \(list.quotedExcerpt) came before and was finished; "
        + "the lines of a list must stand together."
    case .tooManyCandidates(let limit): "this list has more than \(limit) candidates."
    case .tooManyColumns(let limit): "this line names more than \(limit) columns."
    case .longName(let field, let limit): "\(field.quotedExcerpt) has more than \(limit) bytes."
    }
  }

  private static func quoted(_ names: [String]) -> String {
    let first = names.prefix(16).map(\.quotedExcerpt).joined(separator: ", ")
    return names.count > 16 ? first + ", …" : first
  }
}
