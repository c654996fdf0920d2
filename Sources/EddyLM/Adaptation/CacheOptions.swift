/// How much a continuous cache remembers, and how much it counts.
public struct CacheOptions: Sendable, Equatable {
  /// The words that are remembered.
  public var size: Int
  /// `θ`: how much more a word counts whose history was alike.
  public var theta: Double
  /// `λ`: the share of the probability that comes from the cache.
  public var weight: Double

  public init(size: Int = 2000, theta: Double = 0.3, weight: Double = 0.1) {
    self.size = size
    self.theta = theta
    self.weight = weight
  }

  /// What a file may say.
  public static let sizes = 1...100_000
  public static let thetas = 0.0...100
  public static let weights = 0.0...0.999
}
