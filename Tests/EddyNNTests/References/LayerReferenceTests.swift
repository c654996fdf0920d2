import EddyNN
import Testing

/// Every tensor of every file within 2·10⁻⁵ of its largest magnitude.
@Suite(
  "Recurrent layers equal PyTorch's in float64",
  .enabled(if: Reference.isAvailable, "needs ../shared/reference/layers"))
struct LayerReferenceTests {
  static let tolerance = 2e-5

  @Test(
    "gradients truncated at each window", arguments: CellKind.allCases,
    ["base", "two_layers", "one_step"])
  func truncated(_ kind: CellKind, _ name: String) throws {
    func check<Cell: TwinCell>(_ cell: Cell.Type) throws {
      var stack = try ReferenceStack<Cell>(Reference(kind.file(name)))
      for window in 0..<3 {
        let expected = ReferenceStack<Cell>.Window(number: window, prefix: "w\(window).")
        let result = try stack.run([expected])
        try stack.expectForward(result, [expected])
        try stack.expectGradients(result, prefix: expected.prefix)
        try stack.expectInputGradients(result, [expected])
      }
    }
    try check(kind.cell)
  }

  @Test("one gradient through all three windows", arguments: CellKind.allCases)
  func full(_ kind: CellKind) throws {
    func check<Cell: TwinCell>(_ cell: Cell.Type) throws {
      var stack = try ReferenceStack<Cell>(Reference(kind.file("full_bptt")))
      let windows = (0..<3).map {
        ReferenceStack<Cell>.Window(number: $0, prefix: "w\($0).")
      }
      let result = try stack.run(windows)
      try stack.expectForward(result, windows)
      try stack.expectGradients(result, prefix: "")
      try stack.expectInputGradients(result, windows)
    }
    try check(kind.cell)
  }
}

extension CellKind {
  /// The file of a case.
  fileprivate func file(_ name: String) -> String {
    switch self {
    case .rnn: "rnn_tanh_\(name)"
    case .lstm: "lstm_\(name)"
    case .gru: "gru_\(name)"
    }
  }
}

/// The layers of one reference file, one upon the other.
private struct ReferenceStack<Cell: TwinCell> {
  let reference: Reference
  let layers: [RecurrentLayer<Cell>]
  var states: [RecurrentLayer<Cell>.State]

  struct Window {
    let number: Int
    let prefix: String
  }

  struct Result {
    /// The outputs of the highest layer, and the gradient of the inputs of the lowest.
    var ys, dxs: Matrix
    var gradients: [RecurrentLayer<Cell>]
    var last, dInitial: [RecurrentLayer<Cell>.State]
  }

  init(_ reference: Reference) throws {
    self.reference = reference
    layers = try (0..<(reference.contains("weight_ih_l1") ? 2 : 1)).map {
      try RecurrentLayer(reference, layer: $0)
    }
    states = try layers.indices.map { index in
      let hidden = Matrix(rounding: try reference.matrix("h0_l\(index)"))
      return .init(
        hidden: hidden,
        cell: Cell.hasCell
          ? Matrix(rounding: try reference.matrix("c0_l\(index)"))
          : Matrix(rows: hidden.rows, columns: 0))
    }
  }

  /// Forward and backward over the windows as one, the state carried.
  mutating func run(_ windows: [Window]) throws -> Result {
    let xs = TwinMatrix(joining: try windows.map { try reference.sequence($0.prefix + "x") })
    let dys = TwinMatrix(joining: try windows.map { try reference.sequence($0.prefix + "dy") })
    let batch = states[0].batchSize
    let zeros = layers.map { $0.initialState(batchSize: batch) }
    var result = Result(
      ys: Matrix(rounding: xs), dxs: Matrix(rounding: dys), gradients: layers, last: states,
      dInitial: zeros)
    var inputs: [Matrix] = []
    for (index, layer) in layers.enumerated() {
      inputs.append(result.ys)
      let panels = RecurrentLayer<Cell>.Panels(layer, forTraining: false)
      var trace = RecurrentLayer<Cell>.Trace(
        layer, capacity: xs.rows / batch, batchSize: batch, forTraining: false)
      var hs = Buffer(rows: xs.rows, columns: layer.hiddenSize)
      layer.run(
        Buffer(result.ys), state: &result.last[index], into: &hs, trace: &trace, panels: panels)
      result.ys = hs.matrix
    }
    for (index, layer) in layers.enumerated().reversed() {
      let panels = RecurrentLayer<Cell>.Panels(layer, forTraining: true)
      var trace = RecurrentLayer<Cell>.Trace(
        layer, capacity: xs.rows / batch, batchSize: batch, forTraining: true)
      var state = states[index]
      var hs = Buffer(rows: xs.rows, columns: layer.hiddenSize)
      var dxs = Buffer(rows: xs.rows, columns: layer.inputSize)
      layer.run(
        Buffer(inputs[index]), state: &state, into: &hs, trace: &trace, panels: panels)
      layer.backward(
        Buffer(result.dxs), through: trace, into: &result.gradients[index], dxs: &dxs,
        dState: &result.dInitial[index], panels: panels)
      result.dxs = dxs.matrix
    }
    states = result.last
    return result
  }

  private func expect(
    _ found: Matrix, _ expected: TwinMatrix<Double>, _ name: String
  ) {
    expectClose(
      found.elements, expected.elements, within: LayerReferenceTests.tolerance,
      "\(Cell.name) \(name)")
  }

  /// Outputs, and the states between windows.
  func expectForward(_ result: Result, _ windows: [Window]) throws {
    let ys = try windows.map { try reference.sequence($0.prefix + "y") }
    expect(result.ys, TwinMatrix(joining: ys), "y")
    guard let prefix = windows.last?.prefix else { return }
    for (index, state) in result.last.enumerated() {
      expect(state.hidden, try reference.matrix("\(prefix)hn_l\(index)"), "hn_l\(index)")
      if Cell.hasCell {
        expect(state.cell, try reference.matrix("\(prefix)cn_l\(index)"), "cn_l\(index)")
      }
    }
  }

  /// Gradients of the weights and of the state that came in.
  func expectGradients(_ result: Result, prefix: String) throws {
    for (index, gradient) in result.gradients.enumerated() {
      func check(_ found: Matrix, _ name: String) throws {
        let name = "\(prefix)grad.\(name)_l\(index)"
        expect(found, try reference.matrix(name), name)
      }
      try check(gradient.inputWeights, "weight_ih")
      try check(gradient.recurrentWeights, "weight_hh")
      try check(gradient.bias, "bias_ih")
      try check(
        Cell.separatesRecurrentSums ? gradient.recurrentBias : gradient.bias, "bias_hh")
      try check(result.dInitial[index].hidden, "h_in")
      if Cell.hasCell { try check(result.dInitial[index].cell, "c_in") }
    }
  }

  /// Gradients of the inputs of each window.
  func expectInputGradients(_ result: Result, _ windows: [Window]) throws {
    let dxs = try windows.map { try reference.sequence($0.prefix + "grad.x") }
    expect(result.dxs, TwinMatrix(joining: dxs), "grad.x")
  }
}

extension RecurrentLayer {
  /// The weights of one layer of a reference; one bias takes the sum of PyTorch's two.
  fileprivate init(_ reference: Reference, layer: Int) throws {
    let inputWeights = Matrix(rounding: try reference.matrix("weight_ih_l\(layer)"))
    let recurrentWeights = Matrix(rounding: try reference.matrix("weight_hh_l\(layer)"))
    var bias = try reference.matrix("bias_ih_l\(layer)")
    let recurrentBias = try reference.matrix("bias_hh_l\(layer)")
    self.init(inputSize: inputWeights.columns, hiddenSize: recurrentWeights.columns)
    self.inputWeights = inputWeights
    self.recurrentWeights = recurrentWeights
    if Cell.separatesRecurrentSums {
      self.recurrentBias = Matrix(rounding: recurrentBias)
    } else {
      for index in bias.elements.indices {
        bias.elements[index] += recurrentBias.elements[index]
      }
    }
    self.bias = Matrix(rounding: bias)
  }
}
