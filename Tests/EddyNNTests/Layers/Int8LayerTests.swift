import EddyNN
import Testing

@Suite("Layers with weights in int8")
struct Int8LayerTests {
  @Test("a linear layer equals its twin bit for bit, for any number of threads")
  func linear() {
    var layer = Linear(inputSize: 7, outputSize: 133)
    layer.weights = Formula(3).matrix(rows: 133, columns: 7)
    layer.bias = Formula(4).matrix(rows: 1, columns: 133)
    let weights = Int8Twin(TwinMatrix(layer.weights))
    for rows in [1, 5] {
      let xs = Formula(1).matrix(rows: rows, columns: 7)
      let expected = weights.product(TwinMatrix(xs), start: TwinMatrix(layer.bias))
      for count in 1...3 {
        let team = ThreadTeam(count: count)
        let panels = Linear.Panels(layer, forTraining: false, precision: .int8, team: team)
        var ys = Buffer(rows: rows, columns: 133)
        layer.run(Buffer(xs), into: &ys, panels: panels, team: team)
        expectSameBits(ys.matrix.elements, expected.elements, "\(rows) rows, \(count) threads")
      }
    }
  }

  @Test("a recurrent layer computes with the weights that its rows are quantised to")
  func recurrent() {
    func check<Cell: RecurrentCell>(_: Cell.Type) {
      let layer = RecurrentLayer<Cell>(formula: 5, inputSize: 9, hiddenSize: 35)
      var quantised = layer
      quantised.inputWeights = QuantisedMatrix(layer.inputWeights).matrix
      quantised.recurrentWeights = QuantisedMatrix(layer.recurrentWeights).matrix
      let xs = Formula(9).matrix(rows: 12, columns: 9)
      func outputs(_ layer: RecurrentLayer<Cell>, _ precision: Precision) -> Matrix {
        var state = layer.state(formula: 10, batchSize: 3)
        var hs = Buffer(rows: 12, columns: 35)
        var trace = RecurrentLayer<Cell>.Trace(
          layer, capacity: 4, batchSize: 3, forTraining: false, precision: precision)
        let panels = RecurrentLayer<Cell>.Panels(layer, forTraining: false, precision: precision)
        layer.run(Buffer(xs), state: &state, into: &hs, trace: &trace, panels: panels)
        return hs.matrix
      }
      let found = outputs(layer, .int8)
      // What the layer reads is rounded to 15 bits; weights that were not quantised would be a hundredth off.
      expectClose(found, TwinMatrix(outputs(quantised, .float32)), within: 1e-3)
      expectSameBits(found, outputs(quantised, .int8))
    }
    check(RNNCell.self)
    check(LSTMCell.self)
    check(GRUCell.self)
  }

  @Test("panels for training stop the program")
  func training() async {
    await #expect(processExitsWith: .failure) {
      _ = Linear.Panels(
        Linear(inputSize: 1, outputSize: 1), forTraining: true, precision: .int8)
    }
    await #expect(processExitsWith: .failure) {
      _ = LSTM.Panels(
        LSTM(inputSize: 1, hiddenSize: 1), forTraining: true, precision: .int8)
    }
  }

  @Test("panels take a byte for each weight, and a float for each row")
  func memory() {
    let panels = Linear.Panels(
      Linear(inputSize: 650, outputSize: 2560), forTraining: false, precision: .int8)
    #expect(panels.weights.forward.byteCount == 2560 * (650 + 4))
  }
}
