package import EddyNN

/// The mean of a network's weights over the updates since it began.
///
/// Source: Polyak & Juditsky, «Acceleration of stochastic approximation by averaging», SIAM Journal on Control and Optimization 30,
/// 1992.
public struct AverageNetwork<Network: LanguageNetwork>: Sendable, Equatable {
  /// The mean.
  public var network: Network
  /// How many networks it is of.
  public var count: Int

  /// The mean of one network.
  public init(of network: Network, count: Int = 1) {
    self.network = network
    self.count = count
  }

  /// Takes one more into the mean.
  ///
  /// - Precondition: it has the same sizes.
  /// - Complexity: O(weights)
  package mutating func add(_ other: Network, team: ThreadTeam) {
    count += 1
    let share = 1 / Float(count)
    let means = network.mutableViews()
    let others = other.parameters.map { other[keyPath: $0.path] }
    team.run { member in
      for (mean, other) in zip(means, others) {
        let other = other.view
        for element in member.share(of: mean.count, grain: 16) {
          unsafe mean.base[element] += share * (other.base[element] - mean.base[element])
        }
      }
    }
  }
}
