import EddyFiles
import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The program as it was built beside the tests, run as a process.
enum Program {
  /// The executable: in the folder of the test bundle, debug or release alike.
  static let path: String = {
    let bundles = Bundle.allBundles + [Bundle.main]
    let folders = bundles.flatMap { bundle in
      let url = bundle.executableURL ?? bundle.bundleURL
      return sequence(first: url) {
        $0.pathComponents.count > 1 ? $0.deletingLastPathComponent() : nil
      }
      .prefix(6).map { $0 }
    }
    let candidates = folders.map { $0.appending(path: "eddy").path }
    func isProgram(_ path: String) -> Bool {
      var isFolder: ObjCBool = false
      return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        && !isFolder.boolValue && FileManager.default.isExecutableFile(atPath: path)
    }
    guard let path = candidates.first(where: isProgram) else {
      fatalError("The program 'eddy' is not beside the tests: \(candidates)")
    }
    return path
  }()

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - input: What stands on standard input.
  ///   - environment: Added to the environment of the tests.
  ///   - shell: What `/bin/sh` does before it becomes the program.
  ///   - timeLimit: The program is killed when it takes longer.
  static func run(
    _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:],
    shell: Shell = Shell(), timeLimit: Duration = .seconds(120)
  ) throws -> Outcome {
    try RunningProgram(arguments, input: input, environment: environment, shell: shell)
      .wait(timeLimit: timeLimit)
  }

  static func run(_ arguments: String..., input: String = "") throws -> Outcome {
    try run(arguments, input: Array(input.utf8))
  }
}

/// What a shell does with a process before it becomes the program.
struct Shell {
  /// A command before the program, such as `ulimit -f 8`.
  var preparation = ":"
  /// A redirection, such as `<&-`.
  var redirection = ""
}

/// A program that runs.
final class RunningProgram {
  private let process = Process()
  private let folder: TemporaryFolder
  private var output: String { folder("output") }
  private var error: String { folder("error") }
  private var memory: String { folder("memory") }

  /// GNU time, which says how much memory a process took at most; not everywhere.
  private static let measure: String? = {
    let path = "/usr/bin/time"
    guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = ["-f", "%M", "-o", "/dev/null", "true"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? path : nil
  }()

  /// - Parameter measuresMemory: Whether the outcome says how much memory was used; then signals do not
  ///   reach the program.
  init(
    _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:],
    shell: Shell = Shell(), measuresMemory: Bool = false
  ) throws {
    folder = try TemporaryFolder()
    let files = try ["output", "error"].map { name in
      try FileHandle(forWritingTo: URL(filePath: try folder.file(name, [])))
    }
    process.executableURL = URL(filePath: "/bin/sh")
    let measure =
      measuresMemory ? Self.measure.map { "\($0) -f %M -o '\(folder("memory"))'" } ?? "" : ""
    process.arguments =
      ["-c", "\(shell.preparation); exec \(measure) \"$0\" \"$@\" \(shell.redirection)"]
      + [Program.path] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle(forReadingAtPath: try folder.file("input", input))
    process.standardOutput = files[0]
    process.standardError = files[1]
    try Self.withUnblockedSignals { try process.run() }
  }

  /// Processes inherit the signals that their maker's thread has blocked, and threads of tests block all.
  private static func withUnblockedSignals(_ body: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    _ = unsafe sigemptyset(&none)
    _ = unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { _ = unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  /// What is on standard error so far.
  var errorSoFar: String { (try? text(of: error)) ?? "" }

  /// What is on standard output so far.
  var outputSoFar: String { (try? text(of: output)) ?? "" }

  var isRunning: Bool { process.isRunning }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits until something holds, or the program ends.
  ///
  /// - Returns: Whether it held within a minute.
  func waits(until condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      if condition() { return true }
      guard isRunning else { return condition() }
      usleep(10_000)
    }
    return false
  }

  /// Waits for the end, and kills the program after the time limit.
  func wait(timeLimit: Duration = .seconds(120)) throws -> Outcome {
    let end = ContinuousClock.now + timeLimit
    while process.isRunning, ContinuousClock.now < end { usleep(5_000) }
    let tookTooLong = process.isRunning
    if tookTooLong { send(SIGKILL) }
    process.waitUntilExit()
    let ending: Outcome.Ending =
      if tookTooLong {
        .killedAfter(timeLimit)
      } else if process.terminationReason == .exit {
        .exit(process.terminationStatus)
      } else {
        .signal(process.terminationStatus)
      }
    let kilobytes = (try? text(of: memory)).flatMap {
      Int($0.split(whereSeparator: \.isNewline).last ?? "")
    }
    return Outcome(
      ending: ending, output: try text(of: output), error: try text(of: error),
      peakMemory: kilobytes.map { $0 << 10 })
  }
}

/// What came of a program.
struct Outcome {
  enum Ending: Equatable {
    case exit(Int32)
    case signal(Int32)
    case killedAfter(Duration)
  }

  var ending: Ending
  /// Standard output.
  var output: String
  /// Standard error.
  var error: String
  /// Bytes, if they were asked for and this machine says.
  var peakMemory: Int?

  /// The lines of standard output, each as JSON.
  func json(sourceLocation: SourceLocation = #_sourceLocation) throws -> [JSON] {
    try #require(output.isEmpty || output.hasSuffix("\n"), sourceLocation: sourceLocation)
    return try output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map { try JSON(parsing: Array($0.utf8)) }
  }

  /// The only line of standard output, as a JSON object.
  func object(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: JSON] {
    let lines = try json(sourceLocation: sourceLocation)
    try #require(lines.count == 1, "\(output)\(error)", sourceLocation: sourceLocation)
    return try #require(lines[0].object, sourceLocation: sourceLocation)
  }
}

/// Expects a program that did what it was asked.
@discardableResult
func expectDone(
  _ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation
) -> Outcome {
  #expect(outcome.ending == .exit(0), "\(outcome.error)", sourceLocation: sourceLocation)
  return outcome
}

/// Expects a program that ended with one clear sentence, which holds these fragments, and no result.
func expectRefused(
  _ outcome: Outcome, _ fragments: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(outcome.ending == .exit(1), "\(outcome.error)", sourceLocation: sourceLocation)
  #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
  let lines = outcome.error.split(whereSeparator: \.isNewline)
  let sentences = lines.filter { $0.hasPrefix("Error: ") }
  #expect(sentences.count == 1, "\(outcome.error)", sourceLocation: sourceLocation)
  #expect(lines.last == sentences.first, "\(outcome.error)", sourceLocation: sourceLocation)
  #expect(
    [".\n", "?\n"].contains(String(outcome.error.suffix(2))), "\(outcome.error)",
    sourceLocation: sourceLocation)
  for fragment in fragments {
    #expect(outcome.error.contains(fragment), "\(outcome.error)", sourceLocation: sourceLocation)
  }
}

/// Expects a program that refused its arguments.
func expectMisuse(
  _ outcome: Outcome, _ fragment: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(outcome.ending == .exit(64), "\(outcome.error)", sourceLocation: sourceLocation)
  #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
  #expect(outcome.error.hasPrefix("Error: "), sourceLocation: sourceLocation)
  #expect(outcome.error.contains("Usage: eddy"), sourceLocation: sourceLocation)
  if !fragment.isEmpty {
    #expect(outcome.error.contains(fragment), "\(outcome.error)", sourceLocation: sourceLocation)
  }
}
