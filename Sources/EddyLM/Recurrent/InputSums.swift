import EddyNN
import Synchronization

/// What the first layer adds up for each word, `E·Wxᵀ + b`: it depends on the word alone, and is computed
/// when a word is read for the first time.
final class InputSums<Cell: RecurrentCell>: Sendable {
  /// The rows that are known. A row is written before it is, under this lock, and never again.
  private let known: Mutex<[Bool]>
  /// `[V, G·H]`; memory is taken as rows are written.
  private let table: LazyRows

  /// The largest table that is worth its memory, in bytes.
  private static var sizeLimit: Int { 256 << 20 }

  /// - Returns: nil if the table would be too large.
  init?(_ network: RecurrentNetwork<Cell>) {
    let sums = network.layers[0].bias.columns
    guard network.vocabularySize * sums * MemoryLayout<Float>.stride <= Self.sizeLimit else {
      return nil
    }
    known = Mutex(Array(repeating: false, count: network.vocabularySize))
    table = LazyRows(rows: network.vocabularySize, columns: sums)
  }

  /// Computes the rows of words that were not read before.
  func prepare(
    _ tokens: [Int], network: RecurrentNetwork<Cell>, panels: RecurrentPanels<Cell>,
    team: ThreadTeam
  ) {
    known.withLock { known in
      var new: [Int] = []
      for token in tokens where !known[token] {
        known[token] = true
        new.append(token)
      }
      guard !new.isEmpty else { return }
      let embedded = Buffer(rows: new.count, columns: network.embedding.size)
      let rounded = RoundedCopy(
        rows: new.count, columns: network.embedding.size, precision: panels.precision)
      let sums = Buffer(rows: new.count, columns: table.columns)
      let (xs, results) = (embedded.view, sums.view)
      let operand = rounded.operand(xs)
      team.run { member in
        network.embedding.forward(new, into: xs, member: member)
        rounded.round(xs, member: member)
        member.barrier()
        network.layers[0].sumInputs(
          operand, into: results, panels: panels.layers[0].panels, member: member)
      }
      for (row, token) in new.enumerated() {
        table.view.rows(from: token, count: 1).copy(from: results.rows(from: row, count: 1))
      }
    }
  }

  /// A member's part of looking up the sums of words that were prepared; a barrier must follow.
  func copy(_ tokens: [Int], into sums: MatrixView, member: ThreadTeam.Member) {
    for row in member.share(of: tokens.count) {
      sums.rows(from: row, count: 1).copy(from: table.view.rows(from: tokens[row], count: 1))
    }
  }
}
