import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much memory this process can have at most, whoever sets the limit.
package enum AvailableMemory {
  /// Bytes: the least of what the machine has, of the limits of the process (`ulimit`), and of those of its
  /// control group (containers, batch systems).
  package static var bytes: UInt64 {
    var least = min(ProcessInfo.processInfo.physicalMemory, processLimit)
    if let memberships = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8),
      let limit = controlGroupLimit(memberships: memberships, root: "/sys/fs/cgroup")
    {
      least = min(least, limit)
    }
    return least
  }

  /// The least of the limits on the address space and on data; `UInt64.max` without.
  private static var processLimit: UInt64 {
    #if canImport(Glibc)
      let resources = [RLIMIT_AS, RLIMIT_DATA].map { __rlimit_resource_t($0.rawValue) }
    #else
      let resources = [RLIMIT_AS, RLIMIT_DATA]
    #endif
    var least = UInt64.max
    for resource in resources {
      var limit = rlimit()
      // «Infinity» is a large number: there is no need to tell.
      if unsafe getrlimit(resource, &limit) == 0 { least = min(least, UInt64(limit.rlim_cur)) }
    }
    return least
  }

  /// The least limit of the control groups that a process is in, and of those around them.
  ///
  /// - Parameters:
  ///   - memberships: What `/proc/self/cgroup` says; lines such as `0::/a/b` (version 2) and
  ///     `4:cpu,memory:/a/b` (version 1).
  ///   - root: Where control groups are mounted.
  /// - Returns: Bytes; `nil` if nothing is said.
  package static func controlGroupLimit(memberships: String, root: String) -> UInt64? {
    var limits: [UInt64] = []
    for line in memberships.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let (folder, file): (String, String)
      if parts[1].isEmpty {
        (folder, file) = (root, "memory.max")
      } else if parts[1].split(separator: ",").contains("memory") {
        (folder, file) = ("\(root)/memory", "memory.limit_in_bytes")
      } else {
        continue
      }
      // In a container the path may lead outside of what can be seen; its root can.
      var groups = parts[2].split(separator: "/")[...]
      while true {
        let path = ([folder] + groups.map(String.init) + [file]).joined(separator: "/")
        // Where there is no limit, version 2 says `max`.
        if let text = try? String(contentsOfFile: path, encoding: .utf8),
          let limit = UInt64(text.prefix { $0.isASCII && $0.isNumber })
        {
          limits.append(limit)
        }
        if groups.popLast() == nil { break }
      }
    }
    return limits.min()
  }
}
