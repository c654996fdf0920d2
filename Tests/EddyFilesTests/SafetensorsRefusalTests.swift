import EddyFiles
import Foundation
import SystemPackage
import Testing

@Suite("Safetensors: what is refused")
struct SafetensorsRefusalTests {
  /// The bytes of a file: length, header, data.
  static func bytes(_ header: [UInt8], length: UInt64? = nil, data: Int = 0) -> [UInt8] {
    let length = length ?? UInt64(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header
      + [UInt8](repeating: 0, count: data)
  }

  func expectRefused(
    _ bytes: [UInt8], _ fragment: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("model", bytes)
    expectRefusal(fragment, sourceLocation: sourceLocation) { _ = try Safetensors(path: path) }
  }

  @Test("files shorter than 8 bytes", arguments: 0..<8)
  func short(count: Int) throws {
    try expectRefused([UInt8](repeating: 2, count: count), "\(count) bytes")
  }

  @Test(
    "impossible header lengths",
    arguments: [0, 1, 3, 100_000_001, 1 << 31, 1 << 63, (1 << 63) - 1, .max, .max - 7] as [UInt64])
  func headerLength(length: UInt64) throws {
    try expectRefused(Self.bytes(Array("{}".utf8), length: length), "Header length \(length)")
  }

  @Test("a header over the limit in a file that has as many bytes")
  func largeHeader() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("model", Self.bytes(Array("{}".utf8), length: 100_000_001))
    let handle = try FileHandle(forWritingTo: URL(filePath: path.string))
    try handle.truncate(atOffset: 200_000_000)
    try handle.close()
    expectRefusal("at most 100000000") { _ = try Safetensors(path: path) }
  }

  @Test(
    "headers that are no JSON object",
    arguments: [
      ("[]", "'{' was needed"), (" {}", "'{' was needed"), ("\u{FEFF}{}", "'{' was needed"),
      ("\0\0", "'{' was needed"), ("{\0}", "byte 9"), ("{}\0", "byte 10"), ("{}{}", "byte 10"),
      ("{\"a\"", "byte 12"), ("{\"\\uD800\":1}", "surrogate"), ("{\"a\":1e400}", "too large"),
      ("{\"a\":1,\"a\":1}", "occurs twice"),
      ("{\"__metadata__\":{},\"__metadata__\":{}}", "occurs twice"),
    ])
  func notJSON(header: String, fragment: String) throws {
    try expectRefused(Self.bytes(Array(header.utf8)), fragment)
  }

  @Test("a header that is not UTF-8")
  func notUTF8() throws {
    try expectRefused(
      Self.bytes(Array("{\"".utf8) + [0x92] + Array("\":1}".utf8)), "byte 10: invalid UTF-8")
  }

  @Test("a million nested arrays, a million values, 100,000 tensors")
  func many() throws {
    let nested = "{\"a\":" + String(repeating: "[", count: 1_000_000)
    try expectRefused(Self.bytes(Array(nested.utf8)), "nested deeper")
    let flat = "{\"a\":[" + String(repeating: "0,", count: 1_000_000) + "0]}"
    try expectRefused(Self.bytes(Array(flat.utf8)), "too many values")
    let tensors = (0..<100_000).map { "\"t\($0)\":{}" }.joined(separator: ",")
    try expectRefused(Self.bytes(Array("{\(tensors)}".utf8)), "at most 10000")
  }

  @Test("metadata that is not strings", arguments: ["1", "[]", "null", "\"a\""])
  func metadata(value: String) throws {
    try expectRefused(Self.bytes(Array("{\"__metadata__\":\(value)}".utf8)), "'__metadata__'")
    guard value != "\"a\"" else { return }
    try expectRefused(
      Self.bytes(Array("{\"__metadata__\":{\"key\":\(value)}}".utf8)), "'key': a string")
  }

  @Test("more metadata than is read")
  func manyEntries() throws {
    let entries = (0...1000).map { "\"\($0)\":\"\"" }.joined(separator: ",")
    try expectRefused(
      Self.bytes(Array("{\"__metadata__\":{\(entries)}}".utf8)), "at most 1000 are read")
  }

  @Test(
    "descriptions of a tensor",
    arguments: [
      ("1", "exactly"), ("{}", "exactly"), (#"{"dtype":"F32","shape":[4]}"#, "exactly"),
      (#"{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":0}"#, "exactly"),
      (#"{"dtype":"F33","shape":[4],"data_offsets":[0,16]}"#, "dtype 'F33'"),
      (#"{"dtype":"f32","shape":[4],"data_offsets":[0,16]}"#, "dtype 'f32'"),
      (#"{"dtype":4,"shape":[4],"data_offsets":[0,16]}"#, "no string"),
      (#"{"dtype":"F32","shape":4,"data_offsets":[0,16]}"#, "shape"),
      (#"{"dtype":"F32","shape":[1.5],"data_offsets":[0,16]}"#, "shape"),
      (#"{"dtype":"F32","shape":[4.0],"data_offsets":[0,16]}"#, "shape"),
      (#"{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}"#, "shape"),
      (#"{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}"#, "shape"),
      (#"{"dtype":"F32","shape":["4"],"data_offsets":[0,16]}"#, "shape"),
      (#"{"dtype":"F32","shape":[1e400],"data_offsets":[0,16]}"#, "too large"),
      (#"{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,16]}"#, "64 bits"),
      (#"{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,4],"data_offsets":[0,16]}"#, "up to 8"),
      (#"{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]}"#, "fit in memory"),
      (#"{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,16]}"#, "fit in memory"),
      (#"{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}"#, "fit in memory"),
      (#"{"dtype":"F32","shape":[4],"data_offsets":[-16,0]}"#, "data_offsets"),
      (#"{"dtype":"F32","shape":[4],"data_offsets":[16,0]}"#, "ascending"),
      (#"{"dtype":"F32","shape":[4],"data_offsets":[0]}"#, "two whole numbers"),
      (#"{"dtype":"F32","shape":[4],"data_offsets":[0,16,16]}"#, "two whole numbers"),
      (#"{"dtype":"F32","shape":[4],"data_offsets":[0,17]}"#, "beyond the 16"),
      (#"{"dtype":"F32","shape":[4],"data_offsets":[0,9223372036854775807]}"#, "beyond the 16"),
      (#"{"dtype":"F32","shape":[3],"data_offsets":[0,16]}"#, "needs 12"),
      (#"{"dtype":"F32","shape":[3],"data_offsets":[4,16]}"#, "follows a hole"),
      (#"{"dtype":"F32","shape":[3],"data_offsets":[0,12]}"#, "the tensors end at"),
    ])
  func tensor(description: String, fragment: String) throws {
    let header = Array("{\"w\":\(description)}".utf8)
    try expectRefused(Self.bytes(header, data: 16), fragment)
  }

  @Test("a rank of a hundred thousand")
  func rank() throws {
    let shape = [String](repeating: "1", count: 100_000).joined(separator: ",")
    let header = "{\"w\":{\"dtype\":\"U8\",\"shape\":[\(shape)],\"data_offsets\":[0,1]}}"
    try expectRefused(Self.bytes(Array(header.utf8), data: 1), "up to 8")
  }

  @Test("tensors that overlap, trailing bytes, data without tensors")
  func coverage() throws {
    func pair(_ first: String, _ second: String) -> [UInt8] {
      Array(
        #"{"a":{"dtype":"U8","shape":[8],"data_offsets":\#(first)},"#.utf8)
        + Array(#""b":{"dtype":"U8","shape":[8],"data_offsets":\#(second)}}"#.utf8)
    }
    try expectRefused(Self.bytes(pair("[0,8]", "[4,12]"), data: 12), "'b' overlaps")
    try expectRefused(Self.bytes(pair("[0,8]", "[0,8]"), data: 8), "'b' overlaps")
    try expectRefused(Self.bytes(pair("[0,8]", "[9,17]"), data: 17), "'b' follows a hole")
    try expectRefused(Self.bytes(pair("[0,8]", "[8,16]"), data: 17), "the file at byte")
    try expectRefused(Self.bytes(Array("{}".utf8), data: 1), "the file at byte")
  }

  // MARK: Damage

  func small(in folder: borrowing TemporaryFolder) throws -> [UInt8] {
    var writer = SafetensorsWriter(metadata: ["format": "1"])
    writer.add("w", shape: [2], floats: [1, 2])
    writer.add("vocabulary", shape: [3], bytes: [97, 98, 99] as [UInt8])
    let path = folder.path.appending("whole")
    try writer.write(to: path)
    return try contents(of: path)
  }

  @Test("cut short at every byte")
  func truncated() throws {
    let folder = try TemporaryFolder()
    let whole = try small(in: folder)
    for count in 0..<whole.count {
      let path = try folder.file("cut", Array(whole[..<count]))
      #expect(throws: FileError.self, "\(count) bytes") { try Safetensors(path: path) }
    }
  }

  @Test("a flip of any bit")
  func flipped() throws {
    let folder = try TemporaryFolder()
    let whole = try small(in: folder)
    for bit in 0..<whole.count * 8 {
      var damaged = whole
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      let path = try folder.file("damaged", damaged)
      #expect(throws: FileError.self, "bit \(bit)") {
        try Safetensors(path: path).verifyChecksum()
      }
    }
  }

  @Test("a file without checksum opens, but does not verify")
  func noChecksum() throws {
    let folder = try TemporaryFolder()
    let file = try Safetensors(path: try folder.file("foreign", Self.bytes(Array("{}".utf8))))
    expectRefusal("No checksum") { try file.verifyChecksum() }
  }

  // MARK: Not a file

  @Test("folders, pipes, devices, missing and forbidden files")
  func notAFile() throws {
    let folder = try TemporaryFolder()
    expectRefusal("A folder") { _ = try Safetensors(path: folder.path) }
    expectRefusal("A device") { _ = try Safetensors(path: "/dev/zero") }
    expectRefusal("No such file") { _ = try Safetensors(path: folder.path.appending("missing")) }
    let pipe = folder.path.appending("pipe")
    let made = unsafe pipe.withPlatformString { unsafe mkfifo($0, 0o600) }
    try #require(made == 0)
    expectRefusal("A device or pipe") { _ = try Safetensors(path: pipe) }
  }

  @Test("a file without permission", .enabled(if: getuid() != 0, "the superuser may read all"))
  func forbidden() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("secret", Self.bytes(Array("{}".utf8)))
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path.string)
    expectRefusal("Permission denied") { _ = try Safetensors(path: path) }
  }
}
