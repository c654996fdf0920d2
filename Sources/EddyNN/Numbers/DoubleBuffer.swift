/// One number of type `Double` per row, each written by the member that has the row.
@safe
package struct DoubleBuffer: ~Copyable, @unchecked Sendable {
  private let base: UnsafeMutablePointer<Double>
  private let rows: Int

  package init(rows: Int) {
    self.rows = rows
    unsafe base = .allocate(capacity: max(rows, 1))
    unsafe base.initialize(repeating: 0, count: max(rows, 1))
  }

  deinit { unsafe base.deallocate() }

  package subscript(row: Int) -> Double {
    get {
      precondition(row >= 0 && row < rows, "DoubleBuffer of \(rows) rows has no row \(row).")
      return unsafe base[row]
    }
    nonmutating set {
      precondition(row >= 0 && row < rows, "DoubleBuffer of \(rows) rows has no row \(row).")
      unsafe base[row] = newValue
    }
  }

  /// The sum in the order of the rows.
  package func sum() -> Double {
    var sum = 0.0
    for row in 0..<rows { sum += self[row] }
    return sum
  }
}
