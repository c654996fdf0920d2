extension RecurrentLayer {
  /// What the backward pass needs of the forward pass: made once for its capacity, overwritten by each
  /// window. Its memory grows with `T·B`, never with the text.
  public struct Trace: ~Copyable, Sendable {
    /// `T·B`: the rows of the longest window.
    private let rowCapacity: Int
    /// The most sequences that fit.
    private let batchCapacity: Int
    /// `B`.
    public private(set) var batchSize: Int
    /// `T`: the longest window.
    public var capacity: Int { rowCapacity / batchSize }
    /// The length of the window that was run last.
    public internal(set) var length = 0
    /// Whether there is space for the backward pass.
    public let forTraining: Bool

    /// `h` from before the first step to after the last, `[(T + 1)·B, H]`.
    let hiddens: Buffer
    /// `c` likewise, and `tanh c` of each step; without columns where there is no `c`.
    let cells, tanhCells: Buffer
    /// Sums, then activations of the gates, `[T·B, G·H]`, and the recurrent sums where kept apart.
    let gates, recurrentSums: Buffer

    /// The hidden activations, from before the first step on, as left-hand sides.
    let roundedHiddens: RoundedCopy

    /// The inputs and the hidden activations before each step, as right-hand sides.
    let packedInputs, packedHiddens: PackedMatrix
    /// The gradients of the sums, `[T·B, G·H]`.
    let gateGradients, recurrentSumGradients: Buffer
    /// The same as left-hand sides.
    let roundedGateGradients, roundedSumGradients: RoundedCopy
    /// The gradient of the state that one step hands to the step before, `[B, H]`.
    let future, cellFuture: Buffer

    /// Space for windows of up to `capacity` steps of `batchSize` sequences.
    ///
    /// - Parameters:
    ///   - forTraining: Whether the backward pass will be called; without, less than half of the memory is
    ///     needed.
    ///   - precision: That of the panels that will be used.
    public init(
      _ layer: RecurrentLayer, capacity: Int, batchSize: Int, forTraining: Bool,
      precision: Precision = .float32
    ) {
      precondition(
        capacity >= 1 && batchSize >= 1,
        "A trace needs T and B of at least 1, found T = \(capacity), B = \(batchSize).")
      rowCapacity = capacity * batchSize
      batchCapacity = batchSize
      self.batchSize = batchSize
      self.forTraining = forTraining
      let steps = capacity * batchSize
      let traced = forTraining ? steps : 0
      let kept = forTraining ? batchSize : 0
      let sums = layer.bias.columns
      let apart = layer.recurrentBias.columns
      let cell = Cell.hasCell ? layer.hiddenSize : 0
      hiddens = Buffer(rows: steps + batchSize, columns: layer.hiddenSize)
      cells = Buffer(rows: steps + batchSize, columns: cell)
      tanhCells = Buffer(rows: steps, columns: cell)
      gates = Buffer(rows: steps, columns: sums)
      recurrentSums = Buffer(rows: steps, columns: apart)
      roundedHiddens = RoundedCopy(
        rows: steps + batchSize, columns: layer.hiddenSize, precision: precision)
      packedInputs = PackedMatrix(
        depth: traced, columns: layer.inputSize, precision: precision)
      packedHiddens = PackedMatrix(
        depth: traced, columns: layer.hiddenSize, precision: precision)
      gateGradients = Buffer(rows: traced, columns: sums)
      recurrentSumGradients = Buffer(rows: traced, columns: apart)
      roundedGateGradients = RoundedCopy(rows: traced, columns: sums, precision: precision)
      roundedSumGradients = RoundedCopy(rows: traced, columns: apart, precision: precision)
      future = Buffer(rows: kept, columns: layer.hiddenSize)
      cellFuture = Buffer(rows: kept, columns: cell)
    }

    /// The first rows of the sums, to be filled with those of the inputs.
    package func inputSums(rows: Int) -> MatrixView { gates.view.rows(from: 0, count: rows) }

    /// The outputs of a window of `length` steps, `[length·B, H]`.
    package func outputs(length: Int) -> MatrixView {
      hiddens.view.rows(from: batchSize, count: length * batchSize)
    }

    /// The same as a left-hand side.
    package func outputOperand(length: Int) -> Operand {
      roundedHiddens.operand(outputs(length: length), at: batchSize)
    }

    /// Makes room for windows of another number of sequences.
    ///
    /// - Returns: Whether so many fit, in windows of so many rows.
    package mutating func reshape(batchSize: Int, rows: Int) -> Bool {
      guard batchSize <= batchCapacity, rows <= rowCapacity else { return false }
      self.batchSize = batchSize
      return true
    }

    /// Sets the state before the first step.
    package func begin(with state: State) {
      precondition(
        state.batchSize == batchSize,
        "This trace needs a state of \(batchSize) sequences, found \(state.batchSize).")
      hiddens.view.rows(from: 0, count: batchSize).copy(from: state.hidden.view)
      roundedHiddens.round(state.hidden.view, at: 0, columns: 0..<hiddens.columns)
      cells.view.rows(from: 0, count: batchSize).copy(from: state.cell.view)
    }

    /// A member's part of cutting back-propagation here: no gradient comes from the future. Ends with a
    /// barrier.
    package func beginBackward(member: ThreadTeam.Member) {
      let rows = member.share(of: batchSize)
      future.view.rows(from: rows.lowerBound, count: rows.count).fill(0)
      cellFuture.view.rows(from: rows.lowerBound, count: rows.count).fill(0)
      member.barrier()
    }

    /// The state after `length` steps.
    package func read(into state: inout State, after length: Int) {
      let first = length * batchSize
      state.hidden.mutableView().copy(from: hiddens.view.rows(from: first, count: batchSize))
      state.cell.mutableView().copy(from: cells.view.rows(from: first, count: batchSize))
    }

    /// The states after these rows, `t·B + b`: of sequence `b` after step `t`.
    package func state(afterRows rows: [Int]) -> State {
      func gathered(_ buffer: borrowing Buffer) -> Matrix {
        var matrix = Matrix(rows: rows.count, columns: buffer.columns)
        let view = matrix.mutableView()
        for (index, row) in rows.enumerated() {
          precondition(
            row >= 0 && row < capacity * batchSize,
            "This trace has rows 0 ..< \(capacity * batchSize), not \(row).")
          view.rows(from: index, count: 1).copy(
            from: buffer.view.rows(from: batchSize + row, count: 1))
        }
        return matrix
      }
      return State(hidden: gathered(hiddens), cell: gathered(cells))
    }

    /// The number of bytes that the trace takes.
    public var byteCount: Int {
      let forward =
        hiddens.byteCount + cells.byteCount + tanhCells.byteCount + gates.byteCount
        + recurrentSums.byteCount + roundedHiddens.byteCount
      let backward =
        packedInputs.byteCount + packedHiddens.byteCount + gateGradients.byteCount
        + recurrentSumGradients.byteCount + future.byteCount + cellFuture.byteCount
        + roundedGateGradients.byteCount + roundedSumGradients.byteCount
      return forward + backward
    }

    /// Step `t` of some of the sequences, in place.
    func step(_ t: Int, of sequences: Range<Int>) -> CellStep {
      let now = t * batchSize + sequences.lowerBound
      let next = now + batchSize
      let count = sequences.count
      return CellStep(
        hidden: hiddens.view.rows(from: next, count: count),
        hiddenBefore: hiddens.view.rows(from: now, count: count),
        cell: cells.view.rows(from: next, count: count),
        cellBefore: cells.view.rows(from: now, count: count),
        tanhCell: tanhCells.view.rows(from: now, count: count),
        gates: gates.view.rows(from: now, count: count),
        recurrentSums: recurrentSums.view.rows(from: now, count: count))
    }
  }
}
