import Dispatch
import Synchronization

/// Writes one thing at a time beside the work that goes on.
final class BackgroundWriter: Sendable {
  private let queue = DispatchQueue(label: "eddy.writer")
  private let isBusy = Atomic(false)
  private let failure = Mutex<(any Error)?>(nil)

  /// Starts to write, unless something is being written.
  ///
  /// - Returns: Whether it was started.
  /// - Throws: What the one before threw.
  func begin(_ write: @escaping @Sendable () throws -> Void) throws -> Bool {
    guard !isBusy.load(ordering: .acquiring) else { return false }
    try rethrow()
    isBusy.store(true, ordering: .relaxed)
    queue.async { [self] in
      do { try write() } catch { failure.withLock { $0 = error } }
      isBusy.store(false, ordering: .releasing)
    }
    return true
  }

  /// Waits until nothing is being written.
  ///
  /// - Throws: What the last one threw.
  func finish() throws {
    wait()
    try rethrow()
  }

  /// Waits until nothing is being written, whatever came of it.
  func wait() { queue.sync {} }

  private func rethrow() throws {
    let error = failure.withLock { failure in
      defer { failure = nil }
      return failure
    }
    if let error { throw error }
  }
}
