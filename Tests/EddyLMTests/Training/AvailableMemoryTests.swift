import EddyLM
import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Available memory")
struct AvailableMemoryTests {
  /// What `/proc/self/cgroup` says, the files that there are, and the limit.
  static let groups: [(memberships: String, files: [String: String], limit: UInt64?)] = [
    ("0::/a/b\n", ["a/b/memory.max": "3000\n", "a/memory.max": "4000\n"], 3000),
    ("0::/a/b\n", ["a/b/memory.max": "3000\n", "a/memory.max": "2000\n"], 2000),
    ("0::/a/b\n", ["a/b/memory.max": "max\n", "a/memory.max": "5000\n"], 5000),
    ("0::/a\n", ["a/memory.max": "max\n"], nil),
    // In a container the group is its root.
    ("0::/\n", ["memory.max": "7\n"], 7),
    ("0::/../elsewhere\n", ["memory.max": "7\n"], 7),
    (
      "5:cpu,memory:/a\n4:cpuset:/a\n0::/\n",
      ["memory/a/memory.limit_in_bytes": "600\n", "cpuset/a/memory.limit_in_bytes": "1\n"], 600
    ),
    // A group that cannot be seen from within a container.
    ("5:memory:/docker/0a1b\n", ["memory/memory.limit_in_bytes": "800\n"], 800),
    (
      "5:memory:/a\n", ["memory/a/memory.limit_in_bytes": "9223372036854771712\n"],
      9_223_372_036_854_771_712
    ),
    ("0::/a\n", ["a/memory.max": ""], nil),
    ("0::/a\n", ["a/memory.max": "99999999999999999999999\n"], nil),
    ("0::/a\n", [:], nil), ("", [:], nil), ("0:\n\n::\nx", ["memory.max": "7\n"], 7),
  ]

  @Test("the least limit of the control groups around the process", arguments: groups.indices)
  func controlGroups(index: Int) throws {
    let row = Self.groups[index]
    let root = FileManager.default.temporaryDirectory
      .appending(path: "eddy-groups-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for (name, contents) in row.files {
      let file = root.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(contents.utf8).write(to: file)
    }
    #expect(
      AvailableMemory.controlGroupLimit(memberships: row.memberships, root: root.path)
        == row.limit)
  }

  @Test("no more than the machine has")
  func machine() {
    #expect(AvailableMemory.bytes > 0)
    #expect(AvailableMemory.bytes <= ProcessInfo.processInfo.physicalMemory)
  }

  @Test(
    "no more than the process may have", .disabled(if: Sanitizer.isOn, Sanitizer.takesAddresses))
  func processLimit() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit()
      limit.rlim_cur = 1 << 32
      limit.rlim_max = 1 << 32
      #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
      #else
        let resource = RLIMIT_AS
      #endif
      let limited = unsafe setrlimit(resource, &limit)
      try #require(limited == 0)
      #expect(AvailableMemory.bytes <= 1 << 32)
    }
  }
}
