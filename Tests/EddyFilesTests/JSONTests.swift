import EddyFiles
import Testing

@Suite("JSON")
struct JSONTests {
  func parse(_ text: String) throws -> JSON { try JSON(parsing: Array(text.utf8)) }

  @Test(
    "reads every kind of value",
    arguments: [
      ("null", .null), (" true ", true), ("\r\n\tfalse", false), ("0", 0), ("-12", -12),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("1.5", 1.5), ("-2E-2", -0.02), ("1e3", .number(1000)), ("\"\"", ""), ("[]", []),
      ("{}", .object([:])), ("[1, [2 ], {\"a\":null}]", [1, [2], ["a": nil]]),
      (#""\"\\\/\b\f\n\r\t\u0041\uD83D\uDE00é""#, "\"\\/\u{8}\u{C}\n\r\tA😀é"),
    ] as [(String, JSON)])
  func accepted(text: String, value: JSON) throws {
    #expect(try parse(text) == value)
  }

  @Test("minus zero is a double and keeps its sign")
  func minusZero() throws {
    let value = try #require(try parse("-0").number)
    #expect(value.sign == .minus)
    #expect(try parse("-0").integer == nil)
    #expect(JSON.number(-0.0).serialized == "-0.0")
  }

  @Test(
    "refuses what is not JSON and says where",
    arguments: [
      ("", 0), (" ", 1), ("nul", 0), ("tru e", 0), ("[1,]", 3), ("[1 2]", 3), ("[", 1), ("{", 1),
      ("{\"a\"}", 4), ("{\"a\":1,}", 7), ("{a:1}", 1), ("01", 1), ("+1", 0), (".5", 0), ("1.", 2),
      ("1e", 2), ("-", 1), ("1 2", 2), ("NaN", 0), ("Infinity", 0), ("'a'", 0), ("\"a", 2),
      ("\"\n\"", 1), ("\"\u{0}\"", 1), ("\u{0}", 0), ("\"\\x\"", 2), ("\"\\", 2),
      ("\"\\u12G4\"", 5),
      ("\"\\uD800\"", 1), ("\"\\uDC00\"", 1), ("\"\\uD800\\uD800\"", 1), ("\"\\uD800x\"", 1),
      ("1e400", 0), ("-1e400", 0), ("9223372036854775808", 0), ("[0x10]", 2), ("\u{FEFF}{}", 0),
      ("{\"a\":1,\"a\":2}", 7), ("{\"a\":1,\"\\u0061\":2}", 7),
    ])
  func refused(text: String, offset: Int) {
    let error = #expect(throws: JSONError.self) { try parse(text) }
    #expect(error?.offset == offset, "\(text): \(String(describing: error))")
  }

  @Test(
    "refuses invalid UTF-8 at its byte",
    arguments: [
      [0x92], [0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82],
    ] as [[UInt8]])
  func invalidUTF8(bytes: [UInt8]) {
    let error = #expect(throws: JSONError.self) {
      try JSON(parsing: Array("[\"".utf8) + bytes + Array("\"]".utf8))
    }
    #expect(error?.offset == 2)
  }

  @Test("64 levels are read, 65 and a million are refused")
  func depth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try parse(nested(64))
    #expect(throws: JSONError.self) { try parse(nested(65)) }
    #expect(throws: JSONError.self) { try parse(nested(1_000_000)) }
  }

  @Test("more values than the limit are refused")
  func valueLimit() throws {
    let text = Array("[1,2,3]".utf8)
    _ = try JSON(parsing: text, valueLimit: 4)
    #expect(throws: JSONError.self) { try JSON(parsing: text, valueLimit: 3) }
  }

  @Test("names are hashed in the square of a run of marks, so long ones are refused")
  func nameLimit() throws {
    let marks = String(repeating: "\u{301}\u{316}", count: 64)
    _ = try parse("{\"\(marks)\":0}")
    #expect(throws: JSONError.self) { try parse("{\"\(marks)a\":0}") }
    // Hashed, this one took hours.
    let many = String(repeating: marks, count: 60_000)
    #expect(throws: JSONError.self) { try parse("{\"\(many)\":0}") }
  }

  @Test("escapes of all digits, and of none")
  func hexadecimal() throws {
    #expect(try parse(#""\u00e9\u00E9\uaBcD""#) == "éé\u{ABCD}")
    for text in [#""\u00g0""#, #""\u 0e9""#, #""\u00é""#, #""\u00:0""#, #""\u00@0""#] {
      #expect(throws: JSONError.self) { try parse(text) }
    }
  }

  @Test("a message quotes the beginning of a long name")
  func longMessage() throws {
    let name = String(repeating: "a", count: 200)
    let error = #expect(throws: JSONError.self) { try parse("{\"\(name)\":0,\"\(name)\":0}") }
    #expect(error?.reason == "the name '\(name.prefix(60))…' occurs twice")
  }

  @Test("writes keys by their bytes, escapes, and no NaN")
  func serialized() {
    let value: JSON = [
      "b": [1, 1.0, nil, true], "a\n": "\u{1}\u{1F}\"\\é", "Z": .number(.nan),
      "": .number(.infinity),
    ]
    let text =
      #"{"":null,"Z":null,"a\n":"\u0001\u001f\"\\é","b":[1,1.0,null,true]}"#
    #expect(value.serialized == text)
  }

  @Test(
    "doubles come back with the same bits",
    arguments: [
      0.1, 1e300, .leastNonzeroMagnitude, -0.0, 1e16, 123456789.123, .greatestFiniteMagnitude,
      2.5e-8,
    ])
  func roundTrip(value: Double) throws {
    let back = try parse(JSON.number(value).serialized)
    #expect(back.number?.bitPattern == value.bitPattern)
    #expect(back == .number(value))
  }

  @Test("accessors answer only for their kind")
  func accessors() {
    let value: JSON = ["i": 3, "d": 2.5, "s": "x", "b": true, "a": [1]]
    #expect(value["i"]?.integer == 3)
    #expect(value["i"]?.number == 3)
    #expect(value["d"]?.integer == nil)
    #expect(value["d"]?.number == 2.5)
    #expect(value["s"]?.string == "x")
    #expect(value["b"]?.bool == true)
    #expect(value["a"]?.array == [1])
    #expect(value["missing"] == nil)
    #expect(JSON.string("x")["i"] == nil)
  }
}
