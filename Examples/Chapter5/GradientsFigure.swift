import EddyNN
import Plots

/// How much of a gradient is left after its way back through time.
func gradientsFigure() -> Figure {
  let lines = [
    ("rnn", gradientNorms(layer(RNNCell.self))),
    ("rnn, Wh × 3", gradientNorms(layer(RNNCell.self, recurrentScale: 3))),
    ("gru", gradientNorms(layer(GRUCell.self))),
    ("lstm", gradientNorms(layer(LSTMCell.self))),
    ("lstm, forget bias 3", gradientNorms(layer(LSTMCell.self, forgetBias: 3))),
  ]
  return Figure(
    drawing: LineChart(
      title: "Gradient of an input, by its distance from the loss",
      xLabel: "time steps between the input and the loss",
      yLabel: "norm, as a share of that at distance 0", isLogarithmic: true,
      // Less is nothing on any scale that one can see.
      series: lines.map { name, norms in
        LineChart.Series(
          name,
          norms.enumerated().prefix { $0.element > 1e-12 }.map { (Double($0.offset), $0.element) })
      }
    ).drawing,
    numbers: lines.map { name, norms in
      "\(name): \(power(norms[20])) after 20 steps, \(power(norms[50])) after 50"
    })
}

private let (steps, batch, size) = (60, 16, 64)

/// A layer with the weights that a training begins with.
private func layer<Cell: RecurrentCell>(
  _: Cell.Type, recurrentScale: Float = 1, forgetBias: Float = 0
) -> RecurrentLayer<Cell> {
  var layer = RecurrentLayer<Cell>(inputSize: size, hiddenSize: size)
  let philox = Philox(seed: 5)
  let bound = 1 / Float(size).squareRoot()
  philox.fillUniform(&layer.inputWeights, bound: bound, purpose: .initialWeights, stream: 0)
  philox.fillUniform(
    &layer.recurrentWeights, bound: recurrentScale * bound, purpose: .initialWeights, stream: 1)
  // Gates in the order i f g o.
  if forgetBias > 0 { for unit in size..<2 * size { layer.bias[0, unit] = forgetBias } }
  return layer
}

/// Norms of the gradient of the inputs, the last step first, where only the last output has one.
private func gradientNorms<Cell: RecurrentCell>(_ layer: RecurrentLayer<Cell>) -> [Double] {
  var inputs = Matrix(rows: steps * batch, columns: size)
  Philox(seed: 6).fillUniform(&inputs, bound: 1, purpose: .sampling, stream: 0)
  let panels = RecurrentLayer<Cell>.Panels(layer, forTraining: true)
  var trace = RecurrentLayer<Cell>.Trace(
    layer, capacity: steps, batchSize: batch, forTraining: true)
  var state = layer.initialState(batchSize: batch)
  let xs = Buffer(inputs)
  var hs = Buffer(rows: steps * batch, columns: size)
  layer.run(xs, state: &state, into: &hs, trace: &trace, panels: panels)

  var above = Matrix(rows: steps * batch, columns: size)
  for row in (steps - 1) * batch..<steps * batch { above[row, row % size] = 1 }
  var gradients = layer
  var dxs = Buffer(rows: steps * batch, columns: size)
  var dState = layer.initialState(batchSize: batch)
  layer.backward(
    Buffer(above), through: trace, into: &gradients, dxs: &dxs, dState: &dState, panels: panels)
  let result = dxs.matrix
  let norms = (0..<steps).map { step in
    (step * batch..<(step + 1) * batch).reduce(0.0) { sum, row in
      (0..<size).reduce(sum) { $0 + Double(result[row, $1]) * Double(result[row, $1]) }
    }.squareRoot()
  }
  return norms.reversed().map { $0 / norms[steps - 1] }
}

/// A small number as a power of ten.
private func power(_ number: Double) -> String {
  var (mantissa, exponent) = (number, 0)
  guard mantissa > 0 else { return "0" }
  while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
  while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
  return "\(rounded(mantissa, digits: 1))·10^\(exponent)"
}
