import CEddyKernels

/// The gradient of the softmax loss with most of it left out, and still right on average.
///
/// The scores of one row are cut into blocks of 32 columns. A block whose largest |p − y| is `m` is kept
/// with probability `min(1, m/ε)` and divided by it, so that its expectation is what it was; the losses are
/// exact. Nearly all blocks of a large vocabulary are left out, and both products of the backward pass
/// shrink with them. A vocabulary sorted by frequency makes blocks of like words.
///
/// The decisions are drawn from counters, so that they are the same for every number of threads.
package final class ThinnedGradient: Sendable {
  private let epsilon: Float
  private let philox: Philox
  private let rows, blocks: Int
  /// The blocks that are kept of each row, and how many.
  private let kept, keptCounts: NumberBuffer<Int32>
  /// The rows that keep each block, `blockRows[starts[block] ..< starts[block + 1]]`.
  private let starts, blockRows: NumberBuffer<Int32>
  private let members: [MemberSpace]

  /// What one member writes.
  private final class MemberSpace: Sendable {
    let words: NumberBuffer<UInt32>
    /// The inputs of the rows that keep a block, as a right-hand side.
    let inputs: PackedMatrix

    init(blocks: Int, rows: Int, columns: Int, precision: Precision) {
      words = NumberBuffer(count: (blocks + 3) / 4 * 4)
      inputs = PackedMatrix(depth: rows, columns: columns, precision: precision)
    }
  }

  /// Space for up to `rows` rows.
  ///
  /// - Parameters:
  ///   - columns: `V`.
  ///   - inputs: `H`, the inputs of the layer whose outputs are the scores.
  package init(
    epsilon: Float, seed: UInt64, rows: Int, columns: Int, inputs: Int, precision: Precision,
    team: ThreadTeam
  ) {
    self.epsilon = epsilon
    philox = Philox(seed: seed)
    self.rows = rows
    blocks = panelParts(of: columns)
    kept = NumberBuffer(count: rows * blocks)
    keptCounts = NumberBuffer(count: rows)
    starts = NumberBuffer(count: blocks + 1)
    blockRows = NumberBuffer(count: rows * blocks)
    members = (0..<team.count).map { [blocks] _ in
      MemberSpace(blocks: blocks, rows: rows, columns: inputs, precision: precision)
    }
  }

  package var byteCount: Int {
    let lists =
      kept.byteCount + keptCounts.byteCount + starts.byteCount + blockRows.byteCount
    return members.reduce(lists) { $0 + $1.words.byteCount + $1.inputs.byteCount }
  }

  /// A member's part of the losses and of the gradient in place of the scores. Ends with a barrier.
  ///
  /// - Parameter update: The number of the update, for decisions of its own.
  package func compute(
    _ scores: MatrixView, targets: [Int], predicted: Int, update: Int,
    losses: borrowing NumberBuffer<Double>, precision: Precision, member: ThreadTeam.Member
  ) {
    precondition(
      scores.rows == targets.count && scores.rows <= rows
        && panelParts(of: scores.columns) == blocks,
      "A thinned gradient of up to \(rows) rows of \(blocks) blocks cannot take "
        + "[\(scores.rows), \(scores.columns)] with \(targets.count) targets.")
    let scale = 1 / Float(max(predicted, 1))
    let words = members[member.index]
    for row in member.share(of: scores.rows) {
      keptCounts[row] = 0
      losses[row] = 0
      guard targets[row] != SoftmaxCrossEntropy.ignored else { continue }
      SoftmaxCrossEntropy.checkTarget(targets[row], scores.columns)
      draw(into: words.words, update: update, row: row)
      let base = unsafe scores[row: row]
      let score = unsafe base[targets[row]]
      var largest: Float = 0
      var sum: Double = 0
      let first = row * blocks
      let count = unsafe Kernels.best.table.pointee.thinned_gradient(
        base, scores.columns, targets[row], scale, epsilon, words.words.base, kept.base + first,
        &largest, &sum)
      keptCounts[row] = Int32(count)
      losses[row] = PortableMath.log(sum) - Double(score - largest)
      guard precision == .bfloat16 else { continue }
      for index in first..<first + count {
        SoftmaxCrossEntropy.round(
          scores, row: row, columns: columns(of: Int(kept[index]), of: scores.columns))
      }
    }
    member.barrier()
    listRows(scores.rows, member: member)
  }

  private func draw(into words: borrowing NumberBuffer<UInt32>, update: Int, row: Int) {
    for block in stride(from: 0, to: blocks, by: 4) {
      let four = philox.block(
        SIMD4(
          Philox.Purpose.gradientThinning.rawValue, UInt32(truncatingIfNeeded: update),
          UInt32(row), UInt32(block / 4)))
      for index in 0..<4 { words[block + index] = four[index] }
    }
  }

  private func columns(of block: Int, of columns: Int) -> Range<Int> {
    block * panelColumns..<min((block + 1) * panelColumns, columns)
  }

  /// A member's part of listing the rows of each block. Ends with a barrier.
  private func listRows(_ rows: Int, member: ThreadTeam.Member) {
    let own = member.share(of: blocks)
    for block in own { starts[block + 1] = 0 }
    forEachKept(rows, own) { _, block in starts[block + 1] = starts[block + 1] + 1 }
    member.barrier()
    // Where each own block begins; the counts of others are still read.
    var position: Int32 = 0
    for block in 0..<own.lowerBound { position += starts[block + 1] }
    member.barrier()
    for block in own {
      let count = starts[block + 1]
      starts[block + 1] = position
      position += count
    }
    // An own block's place moves on until it is where the next block begins.
    forEachKept(rows, own) { row, block in
      let place = starts[block + 1]
      blockRows[Int(place)] = Int32(row)
      starts[block + 1] = place + 1
    }
    member.barrier()
  }

  private func forEachKept(
    _ rows: Int, _ own: Range<Int>, _ body: (_ row: Int, _ block: Int) -> Void
  ) {
    for row in 0..<rows {
      let first = row * blocks
      for index in first..<first + Int(keptCounts[row]) {
        let block = Int(kept[index])
        if own.contains(block) { body(row, block) }
      }
    }
  }

  /// A member's part of the backward pass of the layer whose outputs are the scores: `dx = dy·W`,
  /// `dW = dyᵀ·x`, `db = Σ dy`, of what was kept. A barrier must follow.
  ///
  /// - Parameters:
  ///   - scores: The gradient, in place.
  ///   - xs: The inputs of the layer, `[N, H]`.
  ///   - dxs: Replaced.
  package func backward(
    _ scores: MatrixView, xs: MatrixView, into gradients: Linear.GradientViews,
    dxs: MatrixView, panels: borrowing Linear.Panels, member: ThreadTeam.Member
  ) {
    precondition(
      xs.rows == scores.rows && dxs.rows == scores.rows
        && dxs.columns == panels.weights.backward.columns
        && gradients.weights.values.rows == scores.columns
        && gradients.bias.count == scores.columns,
      "A thinned gradient [\(scores.rows), \(scores.columns)] does not fit inputs "
        + "[\(xs.rows), \(xs.columns)] and their gradient [\(dxs.rows), \(dxs.columns)].")
    let precision = panels.weights.backward.precision
    let dys = SoftmaxCrossEntropy.operand(scores, precision: precision)
    let rows = member.share(of: scores.rows)
    dxs.rows(from: rows.lowerBound, count: rows.count).fill(0)
    for block in 0..<blocks {
      let columns = columns(of: block, of: scores.columns)
      unsafe addInputGradients(
        dys.columns(from: columns.lowerBound, count: columns.count), columns: columns,
        rows: list(of: block, within: rows), into: dxs, weights: panels.weights.backward)
    }
    for block in member.share(of: blocks) {
      let columns = columns(of: block, of: scores.columns)
      unsafe setWeightGradients(
        dys.columns(from: columns.lowerBound, count: columns.count), columns: columns,
        rows: list(of: block, within: 0..<scores.rows), xs: xs, into: gradients,
        inputs: members[member.index].inputs)
    }
  }

  /// The rows that keep a block, of a range of rows, in ascending order.
  private func list(of block: Int, within rows: Range<Int>) -> UnsafeBufferPointer<Int32> {
    var (first, last) = (Int(starts[block]), Int(starts[block + 1]))
    while first < last, blockRows[first] < rows.lowerBound { first += 1 }
    while last > first, blockRows[last - 1] >= rows.upperBound { last -= 1 }
    return unsafe UnsafeBufferPointer(blockRows[first..<last])
  }

  private func addInputGradients(
    _ dys: Operand, columns: Range<Int>, rows: UnsafeBufferPointer<Int32>, into dxs: MatrixView,
    weights: borrowing PackedMatrix
  ) {
    guard let index = rows.baseAddress, !rows.isEmpty else { return }
    let precision = dys.precision
    unsafe precision.products.product_scattered(
      dxs.base, dxs.columns, index, rows.count, dys.base, dys.distance,
      weights.base + precision.units(columns.lowerBound) * panelColumns,
      precision.units(weights.depth) * panelColumns, precision.units(columns.count), dxs.columns)
  }

  private func setWeightGradients(
    _ dys: Operand, columns: Range<Int>, rows: UnsafeBufferPointer<Int32>, xs: MatrixView,
    into gradients: Linear.GradientViews, inputs: borrowing PackedMatrix
  ) {
    let weights = gradients.weights.values.rows(
      from: columns.lowerBound, count: columns.count)
    defer { gradients.weights.finish(rows: columns) }
    guard !rows.isEmpty else {
      weights.fill(0)
      return unsafe (gradients.bias.base + columns.lowerBound).update(
        repeating: 0, count: columns.count)
    }
    let products = dys.precision.products
    unsafe inputs.pack(xs, rows: rows)
    unsafe products.product_transposed(
      weights.base, weights.columns, dys.base, dys.distance, rows.baseAddress, inputs.base,
      dys.precision.units(rows.count) * panelColumns, rows.count, weights.columns, 0,
      columns.count)
    unsafe products.column_sums(
      gradients.bias.base + columns.lowerBound, dys.base, dys.distance, rows.baseAddress,
      rows.count, 0, columns.count)
  }
}
