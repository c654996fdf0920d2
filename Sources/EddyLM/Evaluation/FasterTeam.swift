import EddyNN

/// Has windows of a text read by a team, or by one thread where that is faster: beside other programs, threads that wait for each
/// other at every word can take longer than one alone. What comes out is the same.
struct FasterTeam {
  private let team: ThreadTeam
  private let clock = ContinuousClock()
  private var windows = 0
  /// What the last window took that was read by the team.
  private var together = Duration.zero
  private var isAloneFaster = false

  /// So many windows are read by the one that was faster before both are tried again.
  private static let period = 32

  init(_ team: ThreadTeam) { self.team = team }

  /// - Parameter body: Reads a window; all are of about the same length.
  mutating func run<Result>(_ body: (ThreadTeam) -> Result) -> Result {
    guard team.count > 1 else { return body(team) }
    defer { windows += 1 }
    // The first window of all touches its memory for the first time, and says nothing.
    switch windows % Self.period {
    case 1:
      let start = clock.now
      defer { together = clock.now - start }
      return body(team)
    case 2:
      let start = clock.now
      // A team that was late once is not to be left for a little.
      defer { isAloneFaster = (clock.now - start) * 5 < together * 4 }
      return body(.serial)
    default:
      return body(isAloneFaster ? .serial : team)
    }
  }
}
