import EddyNN

/// A matrix for kernels, with NaN around it and between its rows: a kernel that reads them spoils its
/// results, and one that writes them is found out. Not aligned to anything but a float.
@safe
final class Guarded {
  let base: UnsafeMutablePointer<Float>
  let rows: Int
  let columns: Int
  /// From one row to the next, in elements.
  let distance: Int

  private let memory: UnsafeMutableBufferPointer<Float>
  private static let margin = 37
  private static let guardBits = Float.nan.bitPattern | 0xDEAD

  /// - Parameter gap: Elements between two rows.
  init(_ matrix: TwinMatrix<Float>, gap: Int = 0) {
    rows = matrix.rows
    columns = matrix.columns
    distance = columns + gap
    unsafe memory = .allocate(capacity: rows * distance + 2 * Self.margin)
    unsafe memory.initialize(repeating: Float(bitPattern: Self.guardBits))
    unsafe base = unsafe memory.baseAddress.unsafelyUnwrapped + Self.margin
    for row in 0..<rows {
      for column in 0..<columns {
        unsafe base[row * distance + column] = matrix[row, column]
      }
    }
  }

  convenience init(_ elements: [Float]) {
    self.init(TwinMatrix(rows: 1, columns: elements.count, elements: elements))
  }

  /// Elements that a kernel must overwrite.
  convenience init(rows: Int = 1, columns: Int, gap: Int = 0) {
    self.init(
      TwinMatrix(
        rows: rows, columns: columns, elements: Array(repeating: -77, count: rows * columns)),
      gap: gap)
  }

  deinit { unsafe memory.deallocate() }

  var elements: [Float] {
    (0..<rows).flatMap { row in
      (0..<columns).map { unsafe base[row * distance + $0] }
    }
  }

  /// Whether everything around the matrix is as it was.
  var isIntact: Bool {
    unsafe memory.indices.allSatisfy { index in
      let (row, column) = (index - Self.margin).quotientAndRemainder(dividingBy: max(distance, 1))
      let inside = index >= Self.margin && row < rows && column < columns
      return unsafe inside || memory[index].bitPattern == Self.guardBits
    }
  }
}
