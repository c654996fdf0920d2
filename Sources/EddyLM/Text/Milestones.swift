/// Places in a text where it can be divided, at most ``limit`` of them, evenly spread.
package struct Milestones {
  package static let limit = 8192

  private var places: [TextStatistics] = []
  /// The fewest tokens between two places.
  private var spacing = 1

  package init() {}

  /// How many there are.
  package var count: Int { places.count }

  package mutating func add(_ place: TextStatistics) {
    guard place.tokens - (places.last?.tokens ?? 0) >= spacing else { return }
    places.append(place)
    while places.count >= Self.limit {
      spacing *= 2
      var kept: [TextStatistics] = []
      for place in places where place.tokens - (kept.last?.tokens ?? 0) >= spacing {
        kept.append(place)
      }
      places = kept
    }
  }

  /// The last place before the end with at most this many tokens before it; if there is none, the
  /// first.
  package func last(within tokens: Int, of total: Int) -> TextStatistics? {
    let inner = places.prefix { $0.tokens < total }
    return inner.last { $0.tokens <= tokens } ?? inner.first
  }
}
