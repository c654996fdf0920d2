/// A JSON object whose members are read one by one, each within its range.
public struct JSONRecord: Sendable {
  /// What the object is called in errors.
  private let name: String
  private let members: [String: JSON]

  /// - Parameter name: The way to the object, such as `eddy.checkpoint`.
  /// - Throws: ``JSONFieldError`` if `value` is no object.
  public init(_ value: JSON?, name: String) throws(JSONFieldError) {
    guard let members = value?.object else {
      throw JSONFieldError(field: name, needed: "an object")
    }
    self.name = name
    self.members = members
  }

  /// The member of this name, whatever it is.
  public func value(_ field: String) -> JSON? { members[field] }

  /// The way to a member.
  public func path(_ field: String) -> String { "\(name).\(field)" }

  public func record(_ field: String) throws(JSONFieldError) -> JSONRecord {
    try JSONRecord(members[field], name: path(field))
  }

  public func integer(_ field: String, in range: ClosedRange<Int>) throws(JSONFieldError) -> Int {
    guard let value = members[field]?.integer.flatMap(Int.init(exactly:)), range.contains(value)
    else {
      throw failure(field, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  public func number(
    _ field: String, in range: ClosedRange<Double>
  ) throws(JSONFieldError) -> Double {
    guard let value = members[field]?.number, range.contains(value) else {
      throw failure(field, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// The case of this name; a type whose cases are names.
  public func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ field: String, of _: Choice.Type = Choice.self
  ) throws(JSONFieldError) -> Choice {
    guard let value = members[field]?.string.flatMap(Choice.init(rawValue:)) else {
      throw failure(field, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return value
  }

  public func string(_ field: String) throws(JSONFieldError) -> String {
    guard let value = members[field]?.string else { throw failure(field, "a string") }
    return value
  }

  /// Whether a member is true; false without it.
  public func flag(_ field: String) throws(JSONFieldError) -> Bool {
    switch members[field] {
    case nil: false
    case .bool(let value): value
    default: throw failure(field, "true or false")
    }
  }

  /// What `read` gives, or nil where the member is null.
  public func optional<Value>(
    _ field: String, _ read: (String) throws(JSONFieldError) -> Value
  ) throws(JSONFieldError) -> Value? {
    members[field] == .null ? nil : try read(field)
  }

  /// The error of a member that is not what was needed.
  public func failure(_ field: String, _ needed: String) -> JSONFieldError {
    JSONFieldError(field: path(field), needed: needed)
  }
}

/// Why a JSON object was refused.
public struct JSONFieldError: Error, Equatable {
  /// The way to the member, such as `eddy.checkpoint.updates`.
  public var field: String
  public var needed: String
}

extension JSONFieldError: CustomStringConvertible {
  public var description: String { "'\(field)' must be \(needed)." }
}
