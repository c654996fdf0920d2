import EddyNN
import Synchronization

/// What a model writes while it reads a window: its layers, and the scores of some rows at a time.
final class ReadingSpace<Cell: RecurrentCell>: Sendable {
  /// The rows whose scores are computed at once: enough to read the weights seldom, few enough to stay at hand.
  static var scoreRows: Int { 256 }

  let layers: ForwardSpace<Cell>
  let scores: Buffer

  init(_ network: RecurrentNetwork<Cell>, batchSize: Int, rows: Int, precision: Precision) {
    layers = ForwardSpace(
      network, capacity: (rows + batchSize - 1) / batchSize, batchSize: batchSize,
      forTraining: false, precision: precision)
    scores = Buffer(rows: min(rows, Self.scoreRows), columns: network.vocabularySize)
  }
}

/// The spaces of a model that nobody uses now: each reader takes one and gives it back.
final class ReadingSpaces<Cell: RecurrentCell>: Sendable {
  private let free = Mutex<[ReadingSpace<Cell>]>([])

  /// A space for windows of so many rows; one that is too small is forgotten.
  func take(
    _ network: RecurrentNetwork<Cell>, batchSize: Int, rows: Int, precision: Precision
  ) -> ReadingSpace<Cell> {
    if let space = free.withLock({ $0.popLast() }),
      space.layers.reshape(batchSize: batchSize, rows: rows),
      space.scores.rows >= min(rows, ReadingSpace<Cell>.scoreRows)
    {
      return space
    }
    return ReadingSpace(network, batchSize: batchSize, rows: rows, precision: precision)
  }

  func giveBack(_ space: ReadingSpace<Cell>) { free.withLock { $0.append(space) } }
}
