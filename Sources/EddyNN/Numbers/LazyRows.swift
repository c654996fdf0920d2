/// A matrix that nobody fills at first: the system gives memory to the rows that are written.
///
/// `@unchecked Sendable`: a row is written once, before anybody is told that it may be read.
@safe
package final class LazyRows: @unchecked Sendable {
  package let view: MatrixView
  package var columns: Int { view.columns }

  package init(rows: Int, columns: Int) {
    let base = UnsafeMutablePointer<Float>.allocate(capacity: max(rows * columns, 1))
    unsafe view = MatrixView(base: base, rows: rows, columns: columns)
  }

  deinit { unsafe view.base.deallocate() }
}
