/// Places in a text where it can be divided, at most ``limit`` of them, evenly spread.
struct Milestones {
  private static let limit = 8192

  private var places: [TextStatistics] = []
  /// The fewest tokens between two places.
  private var spacing = 1

  mutating func add(_ place: TextStatistics) {
    guard place.tokens - (places.last?.tokens ?? 0) >= spacing else { return }
    places.append(place)
    guard places.count == Self.limit else { return }
    spacing *= 2
    var kept: [TextStatistics] = []
    for place in places where place.tokens - (kept.last?.tokens ?? 0) >= spacing {
      kept.append(place)
    }
    places = kept
  }

  /// The last place before the end with at most this many tokens before it; if there is none, the
  /// first.
  func last(within tokens: Int, of total: Int) -> TextStatistics? {
    let inner = places.prefix { $0.tokens < total }
    return inner.last { $0.tokens <= tokens } ?? inner.first
  }
}
