/// Why a text is not acceptable JSON.
public struct JSONError: Error, Equatable {
  /// The offset of the byte where reading stopped, from 0.
  public var offset: Int
  /// What was found and what was needed.
  public var reason: String
}

extension JSONError: CustomStringConvertible {
  public var description: String { "JSON, byte \(offset): \(reason)." }
}

extension JSON {
  /// How deep arrays and objects may be nested.
  public static let depthLimit = 64
  /// How many bytes of UTF-8 the name of a member may have. Names are hashed, which takes time in the
  /// square of a run of combining marks.
  public static let nameLimit = 256

  /// Reads one JSON value that fills `bytes`, white space around it allowed.
  ///
  /// Stricter than RFC 8259 asks for: refused are a byte order mark, members that share a name
  /// (canonically equivalent names are one name), unpaired surrogates, integers beyond 64 bits,
  /// numbers too large for a double, names beyond ``nameLimit`` and nesting beyond ``depthLimit``.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8.
  ///   - valueLimit: How many values the text may hold, which bounds the memory they take: up to 160
  ///     bytes each.
  /// - Complexity: O(n) for n bytes.
  public init(parsing bytes: [UInt8], valueLimit: Int = 100_000) throws(JSONError) {
    do {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      throw JSONError(offset: error.byteOffsets.lowerBound, reason: "invalid UTF-8")
    }
    var parser = JSONParser(bytes: bytes, valuesLeft: valueLimit)
    self = try parser.document()
  }
}

/// A recursive-descent parser over bytes known to be UTF-8.
struct JSONParser {
  let bytes: [UInt8]
  var valuesLeft: Int
  var position = 0

  mutating func document() throws(JSONError) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw failure("a byte order mark, which JSON does not allow")
    }
    skipWhiteSpace()
    let value = try value(depth: 0)
    skipWhiteSpace()
    guard position == bytes.count else { throw failure("more text after the end of the value") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSON {
    valuesLeft -= 1
    guard valuesLeft >= 0 else { throw failure("too many values") }
    guard let byte = peek else { throw unexpected(needed: "a value") }
    switch byte {
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw unexpected(needed: "a value")
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> [String: JSON] {
    try open(depth: depth)
    var members: [String: JSON] = [:]
    if take(UInt8(ascii: "}")) { return members }
    while true {
      let start = position
      guard peek == UInt8(ascii: "\"") else { throw unexpected(needed: "a name in quotes") }
      let name = try string()
      guard name.utf8.count <= JSON.nameLimit else {
        throw JSONError(offset: start, reason: "a name of more than \(JSON.nameLimit) bytes")
      }
      skipWhiteSpace()
      guard take(UInt8(ascii: ":")) else { throw unexpected(needed: "':'") }
      skipWhiteSpace()
      let value = try value(depth: depth)
      guard members.updateValue(value, forKey: name) == nil else {
        throw JSONError(offset: start, reason: "the name \(name.quotedExcerpt) occurs twice")
      }
      skipWhiteSpace()
      if take(UInt8(ascii: "}")) { return members }
      guard take(UInt8(ascii: ",")) else { throw unexpected(needed: "',' or '}'") }
      skipWhiteSpace()
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> [JSON] {
    try open(depth: depth)
    var values: [JSON] = []
    if take(UInt8(ascii: "]")) { return values }
    while true {
      values.append(try value(depth: depth))
      skipWhiteSpace()
      if take(UInt8(ascii: "]")) { return values }
      guard take(UInt8(ascii: ",")) else { throw unexpected(needed: "',' or ']'") }
      skipWhiteSpace()
    }
  }

  private mutating func open(depth: Int) throws(JSONError) {
    guard depth <= JSON.depthLimit else {
      throw failure("nested deeper than \(JSON.depthLimit)")
    }
    position += 1
    skipWhiteSpace()
  }

  private mutating func literal(_ text: String, _ value: JSON) throws(JSONError) -> JSON {
    let rest = bytes[position...]
    guard rest.starts(with: text.utf8) else { throw failure("a word that is not '\(text)'") }
    position += text.utf8.count
    return value
  }

  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    var isWhole = true
    let isNegative = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) {
      isWhole = false
      try digits()
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isWhole = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole {
      guard let value = Int64(text) else {
        throw JSONError(offset: start, reason: "an integer that does not fit in 64 bits")
      }
      return isNegative && value == 0 ? .number(-0.0) : .integer(value)
    }
    guard let value = Double(text), value.isFinite else {
      throw JSONError(offset: start, reason: "a number too large for a double")
    }
    return .number(value)
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while let byte = peek, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
    guard position > start else { throw unexpected(needed: "a digit") }
  }

  // MARK: Strings

  private mutating func string() throws(JSONError) -> String {
    position += 1
    var content: [UInt8] = []
    while true {
      let start = position
      while let byte = peek, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        position += 1
      }
      content += bytes[start..<position]
      switch peek {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"):
        try escape(into: &content)
      case nil:
        throw failure("the text ends inside a string")
      default:
        throw failure("a control character inside a string, where an escape was needed")
      }
    }
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
    position += 1
    let kind = peek
    position += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      content.append(bytes[position - 1])
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"): content += String(try escapedScalar()).utf8
    default:
      position -= 1
      throw unexpected(needed: "one of \"\\/bfnrtu after '\\'")
    }
  }

  /// Reads what follows `\u`: four digits, or two such groups that pair up as surrogates.
  private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
    let start = position - 2
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    if UTF16.isLeadSurrogate(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
      let second = try codeUnit()
      if UTF16.isTrailSurrogate(second) {
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
      }
    }
    throw JSONError(offset: start, reason: "an unpaired surrogate")
  }

  private mutating func codeUnit() throws(JSONError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = peek.flatMap(Self.hexadecimalDigit) else {
        throw unexpected(needed: "four hexadecimal digits")
      }
      value = value << 4 | digit
      position += 1
    }
    return value
  }

  private static func hexadecimalDigit(_ byte: UInt8) -> UInt16? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  // MARK: Bytes

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipWhiteSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  // MARK: Errors

  private func failure(_ reason: String) -> JSONError {
    JSONError(offset: position, reason: reason)
  }

  private func unexpected(needed: String) -> JSONError {
    guard let byte = peek else { return failure("the text ends where \(needed) was needed") }
    let found =
      0x21..<0x7F ~= byte
      ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
    return failure("\(found) where \(needed) was needed")
  }
}
