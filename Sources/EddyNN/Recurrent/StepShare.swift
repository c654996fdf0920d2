/// What one member of a team computes of every time step: some units of all sequences, or all units of some.
struct StepShare {
  let sequences: Range<Int>
  /// Parts of 32 units.
  let parts: Range<Int>
  /// Whether a step needs what others computed in the step before.
  let needsOthers: Bool

  /// Small layers are shared by sequences: then nothing is exchanged between steps, which takes longer than
  /// the arithmetic where processors are far from each other, but everyone reads all weights, so they must fit in
  /// a second-level cache, and everyone's rows must fill the kernels' tiles.
  init<Cell: RecurrentCell>(
    _ layer: RecurrentLayer<Cell>, batchSize: Int,
    panels: borrowing RecurrentLayer<Cell>.Panels, member: ThreadTeam.Member
  ) {
    let weights = max(panels.input.forward.byteCount, panels.recurrent.forward.byteCount)
    let all = panelParts(of: layer.hiddenSize)
    needsOthers = weights > Self.cachedBytes || batchSize < Self.leastRows * member.count
    sequences = needsOthers ? 0..<batchSize : member.share(of: batchSize)
    parts = needsOthers ? member.share(of: all) : 0..<all
  }

  /// The rows of `result = start + a·b`, `[T·B, N]`, that are of a member's own sequences.
  func multiply(
    _ a: Operand, _ b: borrowing PackedMatrix, into result: MatrixView, from start: ProductStart,
    batchSize: Int, member: ThreadTeam.Member
  ) {
    for step in stride(from: 0, to: a.rows, by: batchSize) {
      let (first, count) = (step + sequences.lowerBound, sequences.count)
      member.multiply(
        a.rows(from: first, count: count), b, panels: 0..<b.panelCount,
        into: result.rows(from: first, count: count), from: start)
    }
  }

  /// Three quarters of a second-level cache of 1 MB.
  private static let cachedBytes = 768 << 10
  private static let leastRows = 8
}
