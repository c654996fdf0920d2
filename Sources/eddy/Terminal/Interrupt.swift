import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Signals: Ctrl-C, SIGTERM, and those that would end the program in the middle of a write.
enum Interrupt {
  /// What a program that was interrupted exits with.
  static let exitCode: Int32 = 130

  private static let flag = Atomic<Bool>(false)

  /// Whether an end was asked for.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Makes a write into a file that may not grow further, or to a reader that has left, fail with an error
  /// instead of ending the program.
  static func leaveErrorsToWriters() {
    for number in [SIGXFSZ, SIGPIPE] { _ = signal(number, SIG_IGN) }
  }

  /// Ends the program at once when asked to: for commands that leave nothing behind.
  static func endAtOnce() {
    for number in [SIGINT, SIGTERM] {
      _ = signal(number) { _ in _exit(Interrupt.exitCode) }
    }
  }

  /// Takes note when asked to end, so that the program can do so at the next good place; asked twice, it
  /// ends at once.
  static func listen() {
    flag.store(false, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      _ = signal(number) { number in
        Interrupt.flag.store(true, ordering: .relaxed)
        _ = signal(number, SIG_DFL)
      }
    }
  }
}
