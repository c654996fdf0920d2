import CFuzzer
import SystemPackage

/// A file in memory that readers can open by its path.
struct ScratchFile {
  private let descriptor = FileDescriptor(rawValue: fuzzer_memory_file())

  var path: FilePath { FilePath("/proc/self/fd/\(descriptor.rawValue)") }

  func write(_ bytes: [UInt8]) throws {
    try descriptor.resize(to: 0)
    try descriptor.writeAll(toAbsoluteOffset: 0, bytes)
  }
}
