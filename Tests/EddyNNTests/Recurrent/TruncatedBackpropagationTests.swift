import EddyNN
import Testing

/// The forward connection is never cut; the backward connection is cut every `T` steps.
@Suite("Truncated back-propagation through time, weights fixed")
struct TruncatedBackpropagationTests {
  static let length = 12

  /// One window of a longer text, the state carried in and no gradient from the future.
  private struct Window<Cell: TwinCell> {
    let first, count: Int
    let result: RecurrentProblem<Cell>.Result
  }

  private func problem<Cell: TwinCell>(
    _ cell: Cell.Type, _ precision: Precision = .float32
  ) -> RecurrentProblem<Cell> {
    RecurrentProblem(cell, hiddenSize: 7, batch: 2, length: Self.length, precision: precision)
  }

  /// The text in windows of `length` steps.
  private func windows<Cell>(
    _ problem: RecurrentProblem<Cell>, length: Int, dhs: Matrix
  ) -> [Window<Cell>] {
    var state = problem.initial
    return stride(from: 0, to: problem.length, by: length).map { first in
      let result = problem.solve(
        xs: problem.steps(problem.xs, from: first, count: length),
        dhs: problem.steps(dhs, from: first, count: length), initial: state,
        dLast: problem.layer.initialState(batchSize: problem.batch))
      state = result.last
      return Window(first: first, count: length, result: result)
    }
  }

  @Test(
    "forward values are the same bits for every window length", arguments: CellKind.allCases,
    [1, 2, 3, 4, 6])
  func forward(_ kind: CellKind, length: Int) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      for precision in Precision.forTraining {
        let problem = problem(cell, precision)
        let whole = problem.solve()
        let windows = windows(problem, length: length, dhs: problem.dhs)
        expectSameBits(Matrix(joining: windows.map(\.result.hs)), whole.hs)
        #expect(windows.last?.result.last == whole.last)
      }
    }
    check(kind.cell)
  }

  @Test(
    "dxs of the last window are those of full BPTT; those of an earlier one are if nothing comes after",
    arguments: CellKind.allCases, [1, 2, 3, 4, 6])
  func backward(_ kind: CellKind, length: Int) {
    for precision in Precision.forTraining { backward(kind, length: length, precision) }
  }

  private func backward(_ kind: CellKind, length: Int, _ precision: Precision) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = problem(cell, precision)
      func full(dhs: Matrix) -> Matrix {
        windows(problem, length: Self.length, dhs: dhs)[0].result.dxs
      }
      let unmodified = full(dhs: problem.dhs)
      for window in windows(problem, length: length, dhs: problem.dhs) {
        let end = window.first + window.count
        func rows(_ dxs: Matrix) -> Matrix {
          problem.steps(dxs, from: window.first, count: window.count)
        }
        let nothingAfter = Matrix(joining: [
          problem.steps(problem.dhs, from: 0, count: end),
          Matrix(rows: (Self.length - end) * problem.batch, columns: problem.dhs.columns),
        ])
        expectSameBits(window.result.dxs, rows(full(dhs: nothingAfter)), "window to \(end)")
        #expect((window.result.dxs == rows(unmodified)) == (end == Self.length))
      }
    }
    check(kind.cell)
  }

  @Test("memory grows with T", arguments: CellKind.allCases, [true, false])
  func memory(_ kind: CellKind, forTraining: Bool) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = problem(cell)
      func bytes(_ capacity: Int, _ precision: Precision = .float32) -> Int {
        RecurrentLayer<Cell>.Trace(
          problem.layer, capacity: capacity, batchSize: 2, forTraining: forTraining,
          precision: precision
        ).byteCount
      }
      // The state before the first step, and where there is a backward pass its gradient.
      let stateBytes = 2 * 7 * (Cell.hasCell ? 2 : 1) * MemoryLayout<Float>.stride
      let constant = stateBytes * (forTraining ? 2 : 1)
      for capacity in [1, 5, 35] {
        #expect(bytes(2 * capacity) - constant == 2 * (bytes(capacity) - constant))
      }
      #expect(bytes(5) > constant)
      // In bfloat16, with copies of the hidden activations from before the first step on: 7 of them are 4
      // units.
      let copied = 2 * 4 * MemoryLayout<Float>.stride
      #expect(
        bytes(10, .bfloat16) - constant - copied == 2 * (bytes(5, .bfloat16) - constant - copied))
    }
    check(kind.cell)
  }

  @Test("memory does not grow with the text", arguments: CellKind.allCases)
  func text(_ kind: CellKind) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = problem(cell)
      let panels = RecurrentLayer<Cell>.Panels(problem.layer, forTraining: true)
      var trace = RecurrentLayer<Cell>.Trace(
        problem.layer, capacity: 3, batchSize: 2, forTraining: true)
      let bytes = trace.byteCount
      var state = problem.initial
      var hs = Buffer(rows: 6, columns: 7)
      for window in 0..<40 {
        let xs = Formula(window).matrix(rows: 6, columns: 5)
        problem.layer.run(
          Buffer(xs), state: &state, into: &hs, trace: &trace, panels: panels)
      }
      #expect(trace.byteCount == bytes)
    }
    check(kind.cell)
  }
}
