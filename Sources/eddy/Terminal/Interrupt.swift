import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ctrl-C and SIGTERM.
enum Interrupt {
  /// What a program that was interrupted exits with.
  static let exitCode: Int32 = 130

  private static let flag = Atomic<Bool>(false)

  /// Whether an end was asked for.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

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
