/// Passes text on until a stop string comes, and holds back what may be the beginning of one.
package struct StopMatcher: Sendable {
  private let stops: [[UInt8]]
  private var held: [UInt8] = []
  /// Whether a stop string has come: then nothing is passed on any more.
  package private(set) var isStopped = false

  package init(_ stops: [String]) { self.stops = stops.map { Array($0.utf8) } }

  /// The text that is safe to show after this piece.
  package mutating func pass(_ piece: String) -> String {
    guard !isStopped else { return "" }
    held += Array(piece.utf8)
    if let position = held.indices.first(where: { position in
      stops.contains { held[position...].starts(with: $0) }
    }) {
      isStopped = true
      held.removeSubrange(position...)
      return release(held.count)
    }
    return release(
      held.indices.first { position in
        stops.contains { $0.starts(with: held[position...]) }
      } ?? held.count)
  }

  /// What was held back, at the end of the text.
  package mutating func finish() -> String { release(held.count) }

  // A stop string begins with a whole character, so a cut before one leaves whole characters.
  private mutating func release(_ count: Int) -> String {
    defer { held.removeSubrange(..<count) }
    return String(decoding: held[..<count], as: UTF8.self)
  }
}
