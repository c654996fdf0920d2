import EddyNN
import Testing

/// A layer with everything that one window of forward and backward passes reads, made by formula.
struct RecurrentProblem<Cell: TwinCell> {
  let layer: RecurrentLayer<Cell>
  let batch, length: Int
  /// That of the operands of all products.
  let precision: Precision
  /// `[T·B, D]`
  let xs: Matrix
  /// The gradient of the outputs from above, `[T·B, H]`.
  let dhs: Matrix
  /// The state before the first step, and the gradient of that after the last.
  let initial, dLast: RecurrentLayer<Cell>.State

  init(
    _ cell: Cell.Type, seed: Int = 1, inputSize: Int = 5, hiddenSize: Int = 6, batch: Int = 3,
    length: Int = 4, precision: Precision = .float32
  ) {
    self.precision = precision
    layer = RecurrentLayer(formula: seed, inputSize: inputSize, hiddenSize: hiddenSize)
    self.batch = batch
    self.length = length
    xs = Formula(seed + 10).matrix(rows: length * batch, columns: inputSize)
    dhs = Formula(seed + 11).matrix(rows: length * batch, columns: hiddenSize)
    initial = layer.state(formula: seed + 12, batchSize: batch)
    dLast = layer.state(formula: seed + 14, batchSize: batch)
  }

  /// What a window gives.
  struct Result {
    var hs: Matrix
    var last: RecurrentLayer<Cell>.State
    var gradients: RecurrentLayer<Cell>
    var dxs: Matrix
    var dInitial: RecurrentLayer<Cell>.State

    /// Every tensor with its name.
    var tensors: [(name: String, value: Matrix)] {
      [
        ("hs", hs), ("last hidden", last.hidden), ("last cell", last.cell),
        ("dWx", gradients.inputWeights), ("dWh", gradients.recurrentWeights),
        ("db", gradients.bias), ("db′", gradients.recurrentBias), ("dxs", dxs),
        ("dInitial hidden", dInitial.hidden), ("dInitial cell", dInitial.cell),
      ]
    }
  }

  /// Forward and backward over the whole window.
  func solve(team: ThreadTeam = .serial) -> Result {
    solve(
      xs: xs, dhs: dhs, initial: initial, dLast: dLast, team: team)
  }

  /// Forward and backward over a window of its own.
  func solve(
    xs: Matrix, dhs: Matrix, initial: RecurrentLayer<Cell>.State,
    dLast: RecurrentLayer<Cell>.State, team: ThreadTeam = .serial
  ) -> Result {
    let batch = initial.batchSize
    let panels = RecurrentLayer<Cell>.Panels(
      layer, forTraining: true, precision: precision, team: team)
    var trace = RecurrentLayer<Cell>.Trace(
      layer, capacity: max(xs.rows / batch, 1), batchSize: batch, forTraining: true,
      precision: precision)
    var hs = Buffer(rows: xs.rows, columns: layer.hiddenSize)
    var dxs = Buffer(rows: xs.rows, columns: layer.inputSize)
    var (last, dInitial, gradients) = (initial, dLast, layer)
    layer.run(Buffer(xs), state: &last, into: &hs, trace: &trace, panels: panels, team: team)
    layer.backward(
      Buffer(dhs), through: trace, into: &gradients, dxs: &dxs, dState: &dInitial, panels: panels,
      team: team)
    return Result(
      hs: hs.matrix, last: last, gradients: gradients, dxs: dxs.matrix, dInitial: dInitial)
  }

  /// The same tensors by plain loops.
  func twin<Scalar: TwinFloat>(_ scalar: Scalar.Type) -> [TwinMatrix<Scalar>] {
    let twin = RecurrentTwin<Cell, Scalar>(layer, precision: precision)
    let inputs = TwinMatrix<Scalar>(xs)
    let steps = twin.run(inputs, state: TwinState(initial))
    let gradients = twin.backward(
      TwinMatrix(dhs), xs: inputs, steps: steps, dState: TwinState(dLast))
    let last = steps.last?.after ?? TwinState(initial)
    return [
      TwinMatrix(joining: steps.map(\.after.hidden)), last.hidden, last.cell,
      gradients.weights.inputWeights, gradients.weights.recurrentWeights, gradients.weights.bias,
      gradients.weights.recurrentBias, gradients.xs, gradients.state.hidden, gradients.state.cell,
    ]
  }

  /// Rows `first ..< first + count` of time, all sequences.
  func steps(_ matrix: Matrix, from first: Int, count: Int) -> Matrix {
    matrix.rows(from: first * batch, count: count * batch)
  }
}

/// A difference between two results names its tensor.
func expectSameBits<Cell>(
  _ found: RecurrentProblem<Cell>.Result, _ expected: RecurrentProblem<Cell>.Result, _ what: String
) {
  for (found, expected) in zip(found.tensors, expected.tensors) {
    expectSameBits(found.value, expected.value, "\(what): \(found.name)")
  }
}
