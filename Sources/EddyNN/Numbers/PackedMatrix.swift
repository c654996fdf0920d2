import CEddyKernels

/// A matrix `[depth, columns]` as the right-hand side of products: packed into panels of 32 columns,
/// 64-byte aligned, made once and overwritten in place.
package struct PackedMatrix: ~Copyable, Sendable {
  /// The number of rows that there is space for.
  package let depth: Int
  /// The number of columns, not counting what fills the last panel.
  package let columns: Int
  /// The number of panels.
  package var panelCount: Int { (columns + panelColumns - 1) / panelColumns }

  private let panels: Matrix

  /// Space for `[depth, columns]`.
  package init(depth: Int, columns: Int) {
    self.depth = depth
    self.columns = columns
    let count = (columns + panelColumns - 1) / panelColumns
    panels = Matrix(rows: count, columns: depth * panelColumns)
  }

  package var base: UnsafeMutablePointer<Float> { unsafe panels.view.base }

  /// The number of bytes that the panels take.
  package var byteCount: Int { panels.count * MemoryLayout<Float>.stride }

  /// This member's part of packing `source`, or its transpose; a barrier must follow.
  ///
  /// A source with fewer rows than ``depth`` fills the front of each panel; the product that follows
  /// must be as deep as the source.
  ///
  /// - Precondition: `source` (or its transpose) has as many columns as this matrix, and at most
  ///   ``depth`` rows.
  package func pack(_ source: MatrixView, transposed: Bool = false, member: ThreadTeam.Member) {
    let (rows, columns) =
      transposed ? (source.columns, source.rows) : (source.rows, source.columns)
    precondition(
      columns == self.columns && rows <= depth,
      "PackedMatrix needs at most [\(depth), \(self.columns)], found [\(rows), \(columns)].")
    let part = member.share(of: panelCount)
    unsafe Kernels.best.table.pointee.pack(
      base, source.base, source.columns, rows, columns, transposed ? 1 : 0, part.lowerBound,
      part.upperBound)
  }
}
