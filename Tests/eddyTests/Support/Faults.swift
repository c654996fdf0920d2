#if os(Linux)
  import Foundation
  import SystemPackage
  import Testing

  /// A file system that fails when told to: `Tests/Faults/faults.c`, loaded into the program.
  struct Faults {
    /// What happens at a call; that file says it in full.
    enum Mode: String, CaseIterable, CustomTestStringConvertible {
      case inputOutputError = "EIO"
      case noSpace = "ENOSPC"
      case noSpaceFromNowOn = "ENOSPC+"
      case interrupted = "EINTR"
      case short
      case kill
      case powerCut = "cut"
      case powerCutForgettingNames = "forget"

      var testDescription: String { rawValue }

      /// Whether the program cannot go on.
      var ends: Bool {
        switch self {
        case .kill, .powerCut, .powerCutForgettingNames: true
        default: false
        }
      }

      /// Whether a program that does everything right comes to the same end as if nothing had happened.
      var isHarmless: Bool { self == .interrupted || self == .short }
    }

    /// One call that was counted.
    struct Call: CustomStringConvertible {
      var name: String
      var path: String
      var isStruck: Bool

      /// Whether nothing is lost when it fails: what is closed was synced or is not needed any more, a
      /// staging folder that stays is removed by the next training, and folders are opened to be looked
      /// into, a model to see whether it is one.
      var isOfNoConsequence: Bool {
        ["close", "unlink", "rmdir"].contains(name)
          || name == "open" && (path.hasSuffix("/model.safetensors") || path.hasSuffix("/run"))
      }

      var description: String { "\(name) \(path)" }
    }

    /// The folder that is watched.
    let folder: String
    /// A file that is not in it.
    let report: String

    /// What the environment holds for a program in which the `call`-th call is struck, from 1; without, what
    /// happens happens when the program has ended.
    func environment(_ mode: Mode, at call: Int? = nil) throws -> [String: String] {
      try? FileManager.default.removeItem(atPath: report)
      return try [
        "LD_PRELOAD": Self.library.get(), "EDDY_FAULT_FOLDER": folder, "EDDY_FAULT_REPORT": report,
        "EDDY_FAULT_AT": call.map(String.init) ?? "end", "EDDY_FAULT_MODE": mode.rawValue,
        // The sanitizer wants to be loaded first; here it need not be.
        "ASAN_OPTIONS": "verify_asan_link_order=0",
      ]
    }

    /// What the environment holds for a program whose clock of the day jumps there and back.
    static func clockJumps(seconds: Int) throws -> [String: String] {
      try [
        "LD_PRELOAD": library.get(), "EDDY_FAULT_CLOCK": "\(seconds)",
        "ASAN_OPTIONS": "verify_asan_link_order=0",
      ]
    }

    /// The calls of the last program.
    var calls: [Call] {
      get throws {
        guard FileManager.default.fileExists(atPath: report) else { return [] }
        return try text(of: report).split(separator: "\n").map { line in
          let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
          try #require(parts.count == 3)
          return Call(name: parts[1], path: parts[2], isStruck: parts[0].hasPrefix("!"))
        }
      }
    }

    /// The library, compiled once.
    private static let library: Result<String, any Error> = Result {
      let folder = try Self.folder.get()
      let source = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Faults/faults.c").standardized
      let compiler = Process()
      compiler.executableURL = URL(filePath: "/usr/bin/env")
      compiler.arguments = [
        "clang", "-std=c11", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror",
        source.path, "-o", folder("faults.so"), "-ldl", "-lpthread",
      ]
      try compiler.run()
      compiler.waitUntilExit()
      try #require(compiler.terminationStatus == 0, "clang could not compile \(source.path)")
      return folder("faults.so")
    }

    private static let folder: Result<TemporaryFolder, any Error> = {
      atexit {
        guard let folder = try? Faults.folder.get() else { return }
        try? FileManager.default.removeItem(atPath: folder.path.string)
      }
      return Result { try TemporaryFolder() }
    }()
  }
#endif
