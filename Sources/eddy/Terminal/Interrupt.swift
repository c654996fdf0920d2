import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ctrl-C and SIGTERM: asked for once, the program ends at the next good place; twice, at once.
enum Interrupt {
  /// What a program that was interrupted exits with.
  static let exitCode: Int32 = 130

  private static let flag = Atomic<Bool>(false)

  /// Whether an end was asked for.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Starts to listen.
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
