import CEddyKernels

/// A matrix `[depth, columns]` as the right-hand side of products: packed into panels of 32 columns,
/// 64-byte aligned, made once and overwritten in place.
package struct PackedMatrix: ~Copyable, Sendable {
  package let precision: Precision
  /// The number of rows that there is space for.
  package let depth: Int
  /// The number of columns, not counting what fills the last panel.
  package let columns: Int
  /// The groups of equal size that the columns are: panel `p` is part `p / groups` of group `p % groups`.
  package let groups: Int
  /// The number of panels.
  package var panelCount: Int { groups * panelParts(of: columns / groups) }

  private let panels: Matrix

  /// Space for `[depth, columns]`.
  package init(depth: Int, columns: Int, groups: Int = 1, precision: Precision = .float32) {
    precondition(columns % groups == 0, "\(columns) columns are not \(groups) equal groups.")
    self.precision = precision
    self.depth = depth
    self.columns = columns
    self.groups = groups
    panels = Matrix(
      rows: groups * panelParts(of: columns / groups),
      columns: precision.panelSize(depth: depth))
  }

  package var base: UnsafeMutablePointer<Float> { unsafe panels.view.base }

  /// The number of bytes that the panels take.
  package var byteCount: Int { panels.count * MemoryLayout<Float>.stride }

  /// This member's part of packing `source`, or its transpose (the only way for int8); a barrier must follow.
  ///
  /// A source with fewer rows than ``depth`` fills the front: the product that follows must be as deep as
  /// the source.
  ///
  /// - Precondition: `source` (or its transpose) has as many columns as this matrix, and at most
  ///   ``depth`` rows.
  package func pack(_ source: MatrixView, transposed: Bool = false, member: ThreadTeam.Member) {
    let part = member.share(of: panelCount)
    if transposed {
      packTransposed(source, panels: part)
    } else {
      check(source.rows, source.columns)
      unsafe precision.products.pack(
        base, precision.units(source.rows) * panelColumns, source.base, source.columns, nil,
        source.rows, columns, groups, part.lowerBound, part.upperBound)
    }
  }

  /// Packs some panels of the matrix whose transpose is `source`.
  package func packTransposed(_ source: MatrixView, panels: Range<Int>) {
    check(source.columns, source.rows)
    let pack =
      unsafe precision == .int8
      ? Kernels.best.table.pointee.int8.pack_transposed : precision.products.pack_transposed
    unsafe pack(
      base, source.base, source.columns, source.columns, columns, groups, panels.lowerBound,
      panels.upperBound)
  }

  /// Packs rows `first …` of a matrix of ``depth`` rows, into all panels.
  ///
  /// - Precondition: `first` is even, and so is the number of rows unless they are the last.
  package func pack(rows source: MatrixView, at first: Int) {
    precondition(
      first % 2 == 0 && (source.rows % 2 == 0 || first + source.rows == depth),
      "Rows are packed in pairs, not \(first) ..< \(first + source.rows).")
    check(first + source.rows, source.columns)
    unsafe precision.products.pack(
      base + precision.units(first) * panelColumns, precision.units(depth) * panelColumns,
      source.base, source.columns, nil, source.rows, columns, groups, 0, panelCount)
  }

  /// Packs the rows of `source` that `index` names, one after the other.
  package func pack(_ source: MatrixView, rows index: UnsafeBufferPointer<Int32>) {
    check(index.count, source.columns)
    unsafe precision.products.pack(
      base, precision.units(index.count) * panelColumns, source.base, source.columns,
      index.baseAddress, index.count, columns, groups, 0, panelCount)
  }

  private func check(_ rows: Int, _ columns: Int) {
    precondition(
      columns == self.columns && rows <= depth,
      "PackedMatrix needs at most [\(depth), \(self.columns)], found [\(rows), \(columns)].")
  }
}

/// The panels that so many columns need.
package func panelParts(of columns: Int) -> Int { (columns + panelColumns - 1) / panelColumns }

/// The weights of a layer `W` `[N, K]`, packed: `Wᵀ` for the forward pass, `W` for the backward pass.
package struct WeightPanels: ~Copyable, Sendable {
  package let forward: PackedMatrix
  /// Without rows where there is no backward pass.
  package let backward: PackedMatrix

  /// - Parameter groups: The groups that the rows of `W` are.
  /// - Precondition: `precision` is one for training, or there is none.
  package init(
    rows: Int, columns: Int, groups: Int = 1, forTraining: Bool, precision: Precision
  ) {
    precondition(
      precision.isForTraining || !forTraining,
      "A network is trained in float32 or bfloat16, not in \(precision).")
    forward = PackedMatrix(depth: columns, columns: rows, groups: groups, precision: precision)
    backward = PackedMatrix(
      depth: forTraining ? rows : 0, columns: columns, precision: precision)
  }

  package var byteCount: Int { forward.byteCount + backward.byteCount }

  /// This member's part of packing; a barrier must follow.
  package func pack(_ weights: MatrixView, member: ThreadTeam.Member) {
    forward.pack(weights, transposed: true, member: member)
    if backward.depth > 0 { backward.pack(weights, member: member) }
  }

  /// This member's part of changing the weights and packing them anew, a few rows at a time while they are
  /// at hand; a barrier must follow.
  ///
  /// - Parameter update: Changes the elements of a range.
  package func pack(
    _ weights: MatrixView, member: ThreadTeam.Member, updating update: (Range<Int>) -> Void
  ) {
    let isAligned = forward.groups == 1
    for part in member.share(of: panelParts(of: weights.rows)) {
      let first = part * panelColumns
      let rows = weights.rows(from: first, count: min(panelColumns, weights.rows - first))
      update(first * weights.columns..<(first + rows.rows) * weights.columns)
      if isAligned { forward.packTransposed(weights, panels: part..<part + 1) }
      if backward.depth > 0 { backward.pack(rows: rows, at: first) }
    }
    guard !isAligned else { return }
    member.barrier()
    forward.pack(weights, transposed: true, member: member)
  }
}
