/// Someone else's matrix, read or written in place by the members of a ``ThreadTeam``.
///
/// Kernels take views. Two members never write to the same element between two barriers; that, and
/// that the owner outlives the view, is for the code around the view to keep.
@safe
package struct MatrixView: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Float>
  package let rows: Int
  package let columns: Int

  package init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
    unsafe self.base = base
    self.rows = rows
    self.columns = columns
  }

  /// The number of elements.
  package var count: Int { rows * columns }

  /// The first element of a row.
  package subscript(row row: Int) -> UnsafeMutablePointer<Float> {
    precondition(row >= 0 && row <= rows, "MatrixView of \(rows) rows has no row \(row).")
    return unsafe base + row * columns
  }

  /// Rows `first ..< first + count` of this view.
  package func rows(from first: Int, count: Int) -> MatrixView {
    precondition(
      first >= 0 && count >= 0 && first + count <= rows,
      "MatrixView of \(rows) rows has no rows \(first) ..< \(first + count).")
    return unsafe MatrixView(base: base + first * columns, rows: count, columns: columns)
  }

  /// Overwrites this view with another of the same shape.
  package func copy(from other: MatrixView) {
    precondition(
      rows == other.rows && columns == other.columns,
      "MatrixView [\(rows), \(columns)] cannot take [\(other.rows), \(other.columns)].")
    unsafe base.update(from: other.base, count: count)
  }

  /// Sets every element.
  package func fill(_ value: Float) {
    unsafe base.update(repeating: value, count: count)
  }
}
