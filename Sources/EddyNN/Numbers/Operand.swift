import CEddyKernels

/// The left-hand side of a product, `[rows, columns]`: someone else's values, in the precision of the product.
@safe
package struct Operand: @unchecked Sendable {
  package let precision: Precision
  /// The first unit; ``Precision/units(_:)`` of them are a row.
  package let base: UnsafeMutablePointer<Float>
  /// Units from one row to the next.
  package let distance: Int
  package let rows, columns: Int

  /// - Parameter distance: Units from one row to the next.
  package init(
    precision: Precision, base: UnsafeMutablePointer<Float>, distance: Int, rows: Int,
    columns: Int
  ) {
    self.precision = precision
    unsafe self.base = base
    self.distance = distance
    self.rows = rows
    self.columns = columns
  }

  /// The values themselves.
  package init(_ values: MatrixView) {
    unsafe self.init(
      precision: .float32, base: values.base, distance: values.columns, rows: values.rows,
      columns: values.columns)
  }

  /// Rows `first ..< first + count`.
  package func rows(from first: Int, count: Int) -> Operand {
    precondition(
      first >= 0 && count >= 0 && first + count <= rows,
      "Operand of \(rows) rows has no rows \(first) ..< \(first + count).")
    return unsafe Operand(
      precision: precision, base: base + first * distance, distance: distance, rows: count,
      columns: columns)
  }

  /// Columns from `first`, a multiple of 2, on.
  package func columns(from first: Int, count: Int) -> Operand {
    precondition(
      first % 2 == 0 && count >= 0 && first + count <= columns,
      "Operand of \(columns) columns has no columns \(first) ..< \(first + count).")
    return unsafe Operand(
      precision: precision, base: base + precision.units(first), distance: distance, rows: rows,
      columns: count)
  }
}

/// The matrix that a product reads in place of values: rounded where that is asked for; in float32 and int8
/// the values are read themselves, and there is nothing here.
package struct RoundedCopy: ~Copyable, Sendable {
  private let precision: Precision
  private let columns: Int
  private let storage: Matrix

  /// Space for a copy of `[rows, columns]`.
  ///
  /// - Parameter precision: That of the right-hand side.
  package init(rows: Int, columns: Int, precision: Precision) {
    self.precision = precision
    self.columns = columns
    storage = Matrix(
      rows: precision == .bfloat16 ? rows : 0, columns: precision.units(columns))
  }

  package var byteCount: Int { storage.count * MemoryLayout<Float>.stride }

  /// Rounds some columns of `values`, which are rows `row …` of the copy.
  package func round(_ values: MatrixView, at row: Int, columns part: Range<Int>) {
    guard precision == .bfloat16 else { return }
    precondition(
      values.columns == columns && part.lowerBound >= 0 && part.upperBound <= columns
        && row >= 0 && row + values.rows <= storage.rows,
      "A copy of [\(storage.rows), \(columns)] cannot take columns \(part) of "
        + "[\(values.rows), \(values.columns)] as rows \(row) ….")
    guard values.rows > 0 else { return }
    let distance = 2 * storage.columns
    unsafe storage.view[row: row].withMemoryRebound(
      to: UInt16.self, capacity: values.rows * distance
    ) { target in
      unsafe Kernels.best.table.pointee.round_bfloat16(
        target + part.lowerBound, distance, values.base + part.lowerBound, values.columns,
        values.rows, part.count)
    }
  }

  /// A member's part of rounding all of `values`, which are rows `row …` of the copy; a barrier must follow.
  package func round(_ values: MatrixView, at row: Int = 0, member: ThreadTeam.Member) {
    let part = member.share(of: values.rows)
    round(
      values.rows(from: part.lowerBound, count: part.count), at: row + part.lowerBound,
      columns: 0..<columns)
  }

  /// What stands for `values`, which were rounded to rows `row …`.
  package func operand(_ values: MatrixView, at row: Int = 0) -> Operand {
    guard precision == .bfloat16 else { return Operand(values) }
    let view = storage.view.rows(from: row, count: values.rows)
    return unsafe Operand(
      precision: precision, base: view.base, distance: view.columns, rows: view.rows,
      columns: columns)
  }
}
