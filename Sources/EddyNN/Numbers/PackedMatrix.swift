/// A matrix `[depth, columns]` as the right-hand side of products: packed into panels of 32 columns,
/// 64-byte aligned, made once for its largest depth and overwritten in place.
package struct PackedMatrix: ~Copyable, Sendable {
  /// The number of rows that the last ``pack(_:transposed:member:)`` filled.
  package var depth: Int { shape.depth }
  /// The number of columns, not counting what fills the last panel.
  package let columns: Int
  /// The number of panels.
  package var panelCount: Int { (columns + panelColumns - 1) / panelColumns }

  private var panels: Matrix
  private let storage: MatrixView
  private let shape: Shape
  private let largestDepth: Int

  /// Space for `[depth, columns]`.
  package init(depth: Int, columns: Int) {
    self.columns = columns
    largestDepth = depth
    let count = (columns + panelColumns - 1) / panelColumns
    panels = Matrix(rows: count, columns: depth * panelColumns)
    storage = panels.mutableView()
    shape = Shape(depth: depth)
  }

  package var base: UnsafeMutablePointer<Float> { unsafe storage.base }

  /// The number of bytes that the panels take.
  package var byteCount: Int { panels.count * MemoryLayout<Float>.stride }

  /// This member's part of packing `source`, or its transpose; a barrier must follow.
  ///
  /// - Precondition: `source` (or its transpose) has as many columns as this matrix, and at most as
  ///   many rows as it was made for.
  package func pack(_ source: MatrixView, transposed: Bool = false, member: ThreadTeam.Member) {
    let depth = transposed ? source.columns : source.rows
    let found = transposed ? source.rows : source.columns
    precondition(
      found == columns && depth <= largestDepth,
      "PackedMatrix needs at most [\(largestDepth), \(columns)], found [\(depth), \(found)].")
    if member.index == 0 { shape.depth = depth }
    let part = member.share(of: panelCount)
    unsafe Kernels.best.table.pointee.pack(
      base, source.base, source.columns, depth, columns, transposed ? 1 : 0, part.lowerBound,
      part.upperBound)
  }

  /// `@unchecked Sendable`: written by member 0 before a barrier, read after it.
  private final class Shape: @unchecked Sendable {
    var depth: Int
    init(depth: Int) { self.depth = depth }
  }
}
