/// How many updates a training has in all, where that is decided anew while it runs, so that it ends on time.
///
/// The schedule of the learning rate goes on from where it is: what is left of it is spread over what is left of the updates.
public struct Pace: Sendable, Equatable {
  /// A decision, made after so many updates: there are `total` in all.
  public struct Change: Sendable, Equatable {
    public let updates, total: Int
  }

  /// In the order in which they were made.
  public private(set) var changes: [Change] = []

  public init() {}

  /// - Precondition: `total` is more than `updates`, which are no fewer than those of the last change.
  public mutating func change(after updates: Int, to total: Int) {
    precondition(
      updates >= changes.last?.updates ?? 0 && total > updates,
      "After \(updates) updates there cannot be \(total) in all.")
    if changes.last?.updates == updates { changes.removeLast() }
    changes.append(Change(updates: updates, total: total))
  }

  /// Forgets the decisions that were made after so many updates, as they are to be made again; the training has as many in
  /// all as before.
  package mutating func rollBack(to updates: Int) {
    guard let total = changes.last?.total, changes.contains(where: { $0.updates > updates }) else {
      return
    }
    changes.removeAll { $0.updates > updates }
    change(after: updates, to: total)
  }

  /// The share of the training that is done, 0 … 1.
  ///
  /// - Parameter planned: How many updates there were to be before the first change.
  package func progress(after updates: Int, planned: Int) -> Double {
    var (start, done, total) = (0, 0.0, planned)
    for change in changes where change.updates <= updates {
      done += (1 - done) * Double(change.updates - start) / Double(max(total - start, 1))
      (start, total) = (change.updates, change.total)
    }
    return min(done + (1 - done) * Double(updates - start) / Double(max(total - start, 1)), 1)
  }
}
