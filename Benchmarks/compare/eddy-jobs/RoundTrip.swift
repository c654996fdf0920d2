import EddyNN
import Synchronization

/// How far two of a team's threads are from each other: the time that a cache line takes there and back.
///
/// A virtual machine's processors may or may not share a cache, and change places while it runs; barriers and
/// small layers take longer when they do not.
enum RoundTrip {
  /// The least of ten means of 10,000 round trips, in seconds.
  ///
  /// - Precondition: the team has two members or more.
  static func seconds(on team: ThreadTeam) -> Double {
    let trips = 10_000
    return (0..<10).map { _ in
      let turn = Atomic(0)
      let clock = ContinuousClock()
      let start = clock.now
      team.run { member in
        guard member.index < 2 else { return }
        for trip in 0..<trips {
          while turn.load(ordering: .acquiring) != 2 * trip + member.index {}
          turn.store(2 * trip + member.index + 1, ordering: .releasing)
        }
      }
      return (clock.now - start) / .seconds(1) / Double(trips)
    }.min() ?? 0
  }
}
