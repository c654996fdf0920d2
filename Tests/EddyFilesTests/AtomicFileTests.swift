import EddyFiles
import Foundation
import SystemPackage
import Testing

@Suite("Atomic writing")
struct AtomicFileTests {
  struct Interruption: Error {}

  @Test("a file is written, then replaced, and nothing else stays")
  func replaces() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("file")
    for text in ["first", "second, longer"] {
      try AtomicFile.write(to: path) { file in try file.write(Array(text.utf8)) }
      #expect(try contents(of: path) == Array(text.utf8))
    }
    #expect(try folder.names == ["file"])
  }

  @Test("a failure keeps the old file and removes the new one")
  func failure() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("file", [1, 2, 3])
    #expect(throws: Interruption.self) {
      try AtomicFile.write(to: path) { file in
        try file.write([UInt8](repeating: 9, count: 1_000_000))
        throw Interruption()
      }
    }
    #expect(try contents(of: path) == [1, 2, 3])
    #expect(try folder.names == ["file"])
  }

  @Test("positions and patches hold across the buffer")
  func patches() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("file")
    var expected: [UInt8] = []
    try AtomicFile.write(to: path) { file in
      for (index, size) in [3, 100_000, 200_000, 600_000, 0, 5].enumerated() {
        let bytes = [UInt8](repeating: UInt8(index + 1), count: size)
        try file.write(bytes)
        expected += bytes
        #expect(file.position == expected.count)
      }
      for offset in [0, 99_999, expected.count - 2] {
        try file.patch([0xAA, 0xBB], at: offset)
        expected.replaceSubrange(offset..<offset + 2, with: [0xAA, 0xBB])
      }
      try file.write([7])
      expected.append(7)
    }
    #expect(try contents(of: path) == expected)
  }

  @Test("folders, devices and missing folders are refused")
  func refusals() throws {
    let folder = try TemporaryFolder()
    expectRefusal("A folder") { try AtomicFile.write(to: folder.path) { _ in } }
    expectRefusal("A device") { try AtomicFile.write(to: "/dev/null") { _ in } }
    expectRefusal("No such file") {
      try AtomicFile.write(to: folder.path.appending("missing/file")) { _ in }
    }
    #expect(try folder.names.isEmpty)
  }

  @Test("no more room is an error and keeps the old file")
  func noRoom() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let path = try folder.file("file", [1])
      var limit = rlimit()
      limit.rlim_cur = 1 << 20
      limit.rlim_max = 1 << 20
      signal(SIGXFSZ, SIG_IGN)
      #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
      #else
        let resource = RLIMIT_FSIZE
      #endif
      let limited = unsafe setrlimit(resource, &limit)
      try #require(limited == 0)
      expectRefusal("too large") {
        try AtomicFile.write(to: path) { file in
          for _ in 0..<9 { try file.write([UInt8](repeating: 0, count: 150_000)) }
        }
      }
      #expect(try contents(of: path) == [1])
      #expect(try folder.names == ["file"])
    }
  }

  @Test("misuse stops the program")
  func misuse() async {
    await #expect(processExitsWith: .failure) {
      let path = FilePath("/tmp/eddy-misuse-\(UUID().uuidString)")
      try AtomicFile.write(to: path) { file in try file.patch([1], at: 0) }
    }
  }
}

@Suite("Appended log")
struct AppendingLogTests {
  @Test("grows by lines and is cut to a recorded length")
  func growsAndIsCut() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("log.jsonl")
    var recorded = 0
    do {
      var log = try AppendingLog(path: path, keeping: 0)
      try log.append(["update": 1])
      recorded = log.length
      try log.append(["update": 2])
      try AppendingLog.synchronize(path)
    }
    #expect(try contents(of: path) == Array("{\"update\":1}\n{\"update\":2}\n".utf8))
    do {
      var log = try AppendingLog(path: path, keeping: recorded)
      try log.append(["update": 3])
      #expect(log.length == 26)
    }
    #expect(try contents(of: path) == Array("{\"update\":1}\n{\"update\":3}\n".utf8))
  }

  @Test("a shorter file than recorded stays as it is")
  func shorter() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("log", [65, 10])
    let log = try AppendingLog(path: path, keeping: 3)
    #expect(log.length == 2)
    #expect(try contents(of: path) == [65, 10])
  }

  @Test("a folder and a device are refused")
  func refusals() throws {
    let folder = try TemporaryFolder()
    expectRefusal("directory") { _ = try AppendingLog(path: folder.path, keeping: 0) }
    expectRefusal("device") { _ = try AppendingLog(path: "/dev/null", keeping: 0) }
  }
}

@Suite("Line reader")
struct LineReaderTests {
  func lines(_ path: FilePath, limit: Int = 16 << 20) throws -> [LineReader.Line] {
    var reader = try LineReader(path: path, limit: limit)
    var lines: [LineReader.Line] = []
    while let line = try reader.next() { lines.append(line) }
    return lines
  }

  @Test(
    "LF, CRLF and CR end a line, the last may lack its end",
    arguments: [
      ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\n\nb", ["a", "", "b"]),
      ("a\r\nb\r\n", ["a", "b"]), ("a\rb\r", ["a", "b"]), ("a\r\r\nb", ["a", "", "b"]),
      ("a\n\rb", ["a", "", "b"]), ("\r\n\r\n", ["", ""]), ("a\0b\n", ["a\0b"]),
    ] as [(String, [String])])
  func ends(text: String, expected: [String]) throws {
    let folder = try TemporaryFolder()
    let found = try lines(try folder.file("text", Array(text.utf8)))
    #expect(found.map { String(decoding: $0.bytes, as: UTF8.self) } == expected)
    #expect(found.map(\.number) == Array(1..<expected.count + 1))
  }

  @Test("line ends on the edge of a chunk", arguments: 65_533...65_538)
  func chunkEdge(length: Int) throws {
    let folder = try TemporaryFolder()
    let first = [UInt8](repeating: 97, count: length)
    let found = try lines(try folder.file("text", first + [13, 10, 98, 13, 10]))
    #expect(found.map(\.bytes) == [first, [98]])
    #expect(found.map(\.offset) == [0, length + 2])
  }

  @Test("a line over the limit is named")
  func limit() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("text", Array("abc\nabcd\n".utf8))
    #expect(try lines(path, limit: 4).count == 2)
    expectRefusal("Line 2, which starts at byte 4, is longer than 3") {
      _ = try lines(path, limit: 3)
    }
    expectRefusal("Line 1") { _ = try lines("/dev/zero") }
    expectRefusal("directory") { _ = try lines(folder.path) }
    expectRefusal("No such file") { _ = try lines(folder.path.appending("missing")) }
  }
}
