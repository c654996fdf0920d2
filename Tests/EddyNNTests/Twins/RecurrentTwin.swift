import EddyNN

/// A recurrent layer without kernels: `Float` equals the layer bit for bit, `Double` is the truth.
struct RecurrentTwin<Cell: TwinCell, Scalar: TwinFloat> {
  /// `[G·H, D]`, `[G·H, H]`, `[1, G·H]`, and `[1, G·H]` or `[1, 0]`.
  var inputWeights, recurrentWeights, bias, recurrentBias: TwinMatrix<Scalar>

  /// That of the operands of all products; column sums are of what was not rounded.
  var precision: Precision

  init(_ layer: RecurrentLayer<Cell>, precision: Precision = .float32) {
    self.precision = precision
    inputWeights = TwinMatrix(layer.inputWeights)
    recurrentWeights = TwinMatrix(layer.recurrentWeights)
    bias = TwinMatrix(layer.bias)
    recurrentBias = TwinMatrix(layer.recurrentBias)
  }

  private func product(
    _ a: TwinMatrix<Scalar>, _ b: TwinMatrix<Scalar>, start: TwinMatrix<Scalar>? = nil
  ) -> TwinMatrix<Scalar> {
    Scalar.product(a, b, start: start, precision: precision)
  }

  func step(_ x: TwinMatrix<Scalar>, state: TwinState<Scalar>) -> TwinStep<Scalar> {
    let sums = product(x, inputWeights.transposed, start: bias)
    let weights = recurrentWeights.transposed
    return Cell.separatesRecurrentSums
      ? Cell.step(
        sums: sums, recurrentSums: product(state.hidden, weights, start: recurrentBias),
        before: state)
      : Cell.step(
        sums: product(state.hidden, weights, start: sums),
        recurrentSums: TwinMatrix(rows: x.rows, columns: 0), before: state)
  }

  /// The steps of a window, `xs` `[T·B, D]`.
  func run(_ xs: TwinMatrix<Scalar>, state: TwinState<Scalar>) -> [TwinStep<Scalar>] {
    let batch = state.hidden.rows
    var (state, steps) = (state, [TwinStep<Scalar>]())
    for t in 0..<xs.rows / batch {
      let step = step(xs.rows(from: t * batch, count: batch), state: state)
      state = step.after
      steps.append(step)
    }
    return steps
  }

  struct Gradients {
    var weights: RecurrentTwin
    /// `[T·B, D]`
    var xs: TwinMatrix<Scalar>
    /// Of the state before the first step.
    var state: TwinState<Scalar>
  }

  /// - Parameters:
  ///   - dhs: The gradient of the outputs, `[T·B, H]`.
  ///   - dState: The gradient of the state after the last step.
  func backward(
    _ dhs: TwinMatrix<Scalar>, xs: TwinMatrix<Scalar>, steps: [TwinStep<Scalar>],
    dState: TwinState<Scalar>
  ) -> Gradients {
    let batch = dState.hidden.rows
    var future = dState
    var (sums, recurrentSums) = ([TwinMatrix<Scalar>](), [TwinMatrix<Scalar>]())
    for (t, step) in steps.enumerated().reversed() {
      let above = dhs.rows(from: t * batch, count: batch)
      let gradients = Cell.backward(step, above: above, future: &future)
      let recurrent = Cell.separatesRecurrentSums ? gradients.recurrentSums : gradients.sums
      future.hidden = product(recurrent, recurrentWeights, start: future.hidden)
      sums.insert(gradients.sums, at: 0)
      recurrentSums.insert(recurrent, at: 0)
    }
    let (all, allRecurrent) = (TwinMatrix(joining: sums), TwinMatrix(joining: recurrentSums))
    var weights = self
    weights.inputWeights = product(all.transposed, xs)
    weights.recurrentWeights = product(
      allRecurrent.transposed, TwinMatrix(joining: steps.map(\.before.hidden)))
    weights.bias = all.columnSums
    if Cell.separatesRecurrentSums { weights.recurrentBias = allRecurrent.columnSums }
    return Gradients(weights: weights, xs: product(all, inputWeights), state: future)
  }
}

extension TwinState {
  init<Cell>(_ state: RecurrentLayer<Cell>.State) {
    hidden = TwinMatrix(state.hidden)
    cell = TwinMatrix(state.cell)
  }
}
