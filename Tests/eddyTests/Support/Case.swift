import Testing

/// One row of a table of cases: what it is called, what is tried, what the answer must hold.
struct Case<Value: Sendable>: Sendable, CustomTestStringConvertible {
  let name: String
  let value: Value
  let fragments: [String]

  init(_ name: String, _ value: Value, _ fragments: String...) {
    self.name = name
    self.value = value
    self.fragments = fragments
  }

  /// The first fragment.
  var fragment: String { fragments.first ?? "" }

  var testDescription: String { name }
}
