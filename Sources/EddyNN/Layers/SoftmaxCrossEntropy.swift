import CEddyKernels

/// The loss of a language model: the mean of −log softmax(scores)[target] over the predicted tokens.
public enum SoftmaxCrossEntropy {
  /// The target of a row that is not predicted: it counts neither in the sum nor in the mean.
  public static let ignored = -1

  /// Computes the loss, and replaces scores by their gradient.
  ///
  /// - Parameters:
  ///   - scores: `[N, V]`, replaced by the gradient of the loss: `(softmax − one-hot) / predicted`.
  ///   - targets: `N` ids in `0 ..< V`, or ``ignored``.
  /// - Returns: The mean negative log-probability in nats; 0 if every target is ignored.
  /// - Complexity: O(N·V)
  public static func lossAndGradient(
    _ scores: inout Buffer, targets: [Int], team: ThreadTeam = .serial
  ) -> Double {
    check(targets, scores.view)
    let losses = NumberBuffer<Double>(count: targets.count)
    let (scores, predicted) = (scores.view, predictedCount(targets))
    team.run {
      gradient(scores, targets: targets, predicted: predicted, losses: losses, member: $0)
    }
    return losses.sum() / Double(max(predicted, 1))
  }

  /// The natural log-probability of each target; 0 where it is ignored.
  ///
  /// - Parameter scores: `[N, V]`, unchanged.
  /// - Complexity: O(N·V)
  public static func logProbabilities(
    _ scores: borrowing Buffer, targets: [Int], team: ThreadTeam = .serial
  ) -> [Float] {
    check(targets, scores.view)
    let results = Buffer(rows: 1, columns: targets.count)
    let (scores, view) = (scores.view, results.view)
    let rows = Array(targets.indices)
    team.run { logProbabilities(scores, targets: targets, rows: rows, into: view, member: $0) }
    return results.matrix.elements
  }

  /// The number of targets that are not ``ignored``.
  package static func predictedCount(_ targets: [Int]) -> Int {
    targets.reduce(0) { $0 + ($1 == ignored ? 0 : 1) }
  }

  private static func check(_ targets: [Int], _ scores: MatrixView) {
    precondition(
      targets.count == scores.rows,
      "\(scores.rows) rows of scores need as many targets, found \(targets.count).")
  }

  static func checkTarget(_ target: Int, _ count: Int) {
    precondition(
      target >= ignored && target < count, "A target is −1 or in 0 ..< \(count), found \(target).")
  }

  /// A member's part of the gradient and of the losses; a barrier must follow.
  ///
  /// - Parameters:
  ///   - smoothing: The share of the target's probability that is given to all words alike in the gradient. The losses are
  ///     without it.
  ///   - precision: In bfloat16 the gradient is rounded where it stands: ``operand(_:precision:)``.
  /// - Source: Of the smoothing: Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, «Rethinking the inception architecture for computer
  ///   vision», CVPR 2016, section 7.
  package static func gradient(
    _ scores: MatrixView, targets: [Int], predicted: Int, smoothing: Float = 0,
    losses: borrowing NumberBuffer<Double>, precision: Precision = .float32,
    member: ThreadTeam.Member
  ) {
    let scale = 1 / Float(max(predicted, 1))
    let uniform = scale * smoothing / Float(scores.columns)
    for row in member.share(of: scores.rows) {
      guard targets[row] != ignored else {
        scores.rows(from: row, count: 1).fill(0)
        losses[row] = 0
        continue
      }
      checkTarget(targets[row], scores.columns)
      let base = unsafe scores[row: row]
      let score = unsafe base[targets[row]]
      var largest: Float = 0
      var sum: Double = 0
      unsafe Kernels.best.table.pointee.softmax_gradient(
        base, scores.columns, targets[row], scale, &largest, &sum)
      losses[row] = PortableMath.log(sum) - Double(score - largest)
      if smoothing > 0 {
        unsafe base[targets[row]] += scale * smoothing
        for column in 0..<scores.columns { unsafe base[column] -= uniform }
      }
      if precision == .bfloat16 { round(scores, row: row, columns: 0..<scores.columns) }
    }
  }

  /// Rounds columns of a row where they stand: the values come to the front of the row.
  static func round(_ scores: MatrixView, row: Int, columns: Range<Int>) {
    let base = unsafe scores[row: row]
    unsafe base.withMemoryRebound(to: UInt16.self, capacity: 2 * scores.columns) { target in
      unsafe Kernels.best.table.pointee.round_bfloat16(
        target + columns.lowerBound, 0, base + columns.lowerBound, 0, 1, columns.count)
      // The missing half of the last unit.
      if columns.upperBound % 2 == 1 { unsafe target[columns.upperBound] = 0 }
    }
  }

  /// The gradient that stands in place of `scores`, as a left-hand side.
  package static func operand(_ scores: MatrixView, precision: Precision) -> Operand {
    unsafe Operand(
      precision: precision, base: scores.base, distance: scores.columns, rows: scores.rows,
      columns: scores.columns)
  }

  /// A member's part of the log-probabilities of targets, each in a row of its own choice; a barrier must
  /// follow.
  ///
  /// The members share out the rows. Targets of one row that stand together cost one normaliser.
  ///
  /// - Parameter firstRow: The row that the first of `scores` is; targets of rows that are not there are left.
  package static func logProbabilities(
    _ scores: MatrixView, from firstRow: Int = 0, targets: [Int], rows: [Int],
    into results: MatrixView, member: ThreadTeam.Member
  ) {
    let part = member.share(of: scores.rows)
    let mine = firstRow + part.lowerBound..<firstRow + part.upperBound
    var (last, normaliser) = (-1, Float(0))
    for (index, (target, row)) in zip(targets, rows).enumerated() where mine.contains(row) {
      checkTarget(target, scores.columns)
      guard target != ignored else { continue }
      if row != last {
        last = row
        normaliser = logNormaliser(scores.rows(from: row - firstRow, count: 1))
      }
      unsafe results.base[index] = scores[row: row - firstRow][target] - normaliser
    }
  }

  /// A member's part of turning scores into natural log-probabilities, in place; a barrier must follow.
  package static func normalise(_ scores: MatrixView, member: ThreadTeam.Member) {
    for row in member.share(of: scores.rows) {
      let scores = scores.rows(from: row, count: 1)
      let normaliser = logNormaliser(scores)
      for column in 0..<scores.columns { unsafe scores.base[column] -= normaliser }
    }
  }

  /// log Σ exp of one row.
  private static func logNormaliser(_ row: MatrixView) -> Float {
    var largest: Float = 0
    var sum: Double = 0
    unsafe Kernels.best.table.pointee.log_sum(row.base, row.columns, &largest, &sum)
    return Float(Double(largest) + PortableMath.log(sum))
  }
}
