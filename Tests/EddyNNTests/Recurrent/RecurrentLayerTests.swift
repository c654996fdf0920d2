import EddyNN
import Testing

@Suite("Recurrent layers")
struct RecurrentLayerTests {
  /// Inputs, hidden units, sequences, steps: smaller than a vector, and past panels and tiles.
  static let shapes = [(1, 1, 1, 1), (5, 6, 3, 4), (33, 35, 2, 3), (4, 17, 13, 2)]

  /// The same for bfloat16: a missing half of the last unit, of a panel, of the steps.
  static let oddShapes = [(3, 1, 1, 1), (3, 5, 3, 3), (3, 33, 2, 3), (33, 5, 1, 4)]

  /// Enough sequences for two and three threads to share the sequences, and for seven to share the units.
  static let manySequences = (9, 35, 37, 3)

  @Test("equal the Float twin bit for bit", arguments: CellKind.allCases, shapes + [manySequences])
  func floatTwin(_ kind: CellKind, _ shape: (Int, Int, Int, Int)) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = RecurrentProblem(cell, shape)
      for (tensor, twin) in zip(problem.solve().tensors, problem.twin(Float.self)) {
        expectSameBits(tensor.value.elements, twin.elements, tensor.name)
      }
    }
    check(kind.cell)
  }

  @Test("equal the Float twin in bfloat16 too", arguments: CellKind.allCases, oddShapes)
  func bfloat16Twin(_ kind: CellKind, _ shape: (Int, Int, Int, Int)) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = RecurrentProblem(cell, shape, precision: .bfloat16)
      for (tensor, twin) in zip(problem.solve().tensors, problem.twin(Float.self)) {
        expectSameBits(tensor.value.elements, twin.elements, tensor.name)
      }
    }
    check(kind.cell)
  }

  @Test("bfloat16 is close to the truth", arguments: CellKind.allCases, oddShapes + shapes)
  func bfloat16Truth(_ kind: CellKind, _ shape: (Int, Int, Int, Int)) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = RecurrentProblem(cell, shape, precision: .bfloat16)
      for (tensor, twin) in zip(problem.solve().tensors, problem.twin(Double.self)) {
        expectClose(tensor.value, twin, within: 3e-2, tensor.name)
      }
    }
    check(kind.cell)
  }

  @Test("agree with the Double twin", arguments: CellKind.allCases, shapes)
  func doubleTwin(_ kind: CellKind, _ shape: (Int, Int, Int, Int)) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = RecurrentProblem(cell, shape)
      for (tensor, twin) in zip(problem.solve().tensors, problem.twin(Double.self)) {
        expectClose(tensor.value, twin, within: 2e-5, tensor.name)
      }
    }
    check(kind.cell)
  }

  @Test("give the same bits for any number of threads", arguments: CellKind.allCases, [2, 3, 7])
  func threads(_ kind: CellKind, _ count: Int) {
    let team = ThreadTeam(count: count)
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      for shape in Self.shapes + [Self.manySequences] {
        let problem = RecurrentProblem(cell, shape)
        expectSameBits(problem.solve(team: team), problem.solve(), "\(shape)")
      }
      for shape in Self.oddShapes + [Self.manySequences] {
        let problem = RecurrentProblem(cell, shape, precision: .bfloat16)
        expectSameBits(problem.solve(team: team), problem.solve(), "\(shape) in bfloat16")
      }
    }
    check(kind.cell)
  }

  @Test("step after step equals the run bit for bit", arguments: CellKind.allCases)
  func steps(_ kind: CellKind) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = RecurrentProblem(cell, hiddenSize: 35)
      let whole = problem.solve()
      var state = problem.initial
      for t in 0..<problem.length {
        let h = problem.layer.step(problem.steps(problem.xs, from: t, count: 1), state: &state)
        expectSameBits(h, problem.steps(whole.hs, from: t, count: 1), "step \(t)")
        #expect(h == state.hidden)
      }
      #expect(state == whole.last)
    }
    check(kind.cell)
  }

  @Test("a batch equals its rows bit for bit", arguments: CellKind.allCases, Precision.forTraining)
  func rows(_ kind: CellKind, _ precision: Precision) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = RecurrentProblem(
        cell, hiddenSize: 18, batch: 14, precision: precision)
      let whole = problem.solve()
      for row in 0..<problem.batch {
        func alone(_ matrix: Matrix) -> Matrix {
          matrix.rows((0..<problem.length).map { $0 * problem.batch + row })
        }
        let single = problem.solve(
          xs: alone(problem.xs), dhs: alone(problem.dhs), initial: problem.initial.rows([row]),
          dLast: problem.dLast.rows([row]))
        expectSameBits(single.hs, alone(whole.hs), "hs of sequence \(row)")
        expectSameBits(single.dxs, alone(whole.dxs), "dxs of sequence \(row)")
        #expect(single.last == whole.last.rows([row]))
        #expect(single.dInitial == whole.dInitial.rows([row]))
      }
    }
    check(kind.cell)
  }

  @Test("cut in two equals the whole bit for bit", arguments: CellKind.allCases, 0...4)
  func cut(_ kind: CellKind, at t: Int) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      for precision in Precision.forTraining {
        cut(RecurrentProblem(cell, precision: precision), at: t)
      }
    }
    check(kind.cell)
  }

  private func cut<Cell>(_ problem: RecurrentProblem<Cell>, at t: Int) {
    let whole = problem.solve()
    let rest = problem.length - t
    let first = problem.solve(
      xs: problem.steps(problem.xs, from: 0, count: t),
      dhs: problem.steps(problem.dhs, from: 0, count: t), initial: problem.initial,
      dLast: problem.dLast)
    let second = problem.solve(
      xs: problem.steps(problem.xs, from: t, count: rest),
      dhs: problem.steps(problem.dhs, from: t, count: rest), initial: first.last,
      dLast: problem.dLast)
    expectSameBits(Matrix(joining: [first.hs, second.hs]), whole.hs)
    #expect(second.last == whole.last)
    expectSameBits(second.dxs, problem.steps(whole.dxs, from: t, count: rest))
    let back = problem.solve(
      xs: problem.steps(problem.xs, from: 0, count: t),
      dhs: problem.steps(problem.dhs, from: 0, count: t), initial: problem.initial,
      dLast: second.dInitial)
    expectSameBits(back.dxs, problem.steps(whole.dxs, from: 0, count: t))
    #expect(back.dInitial == whole.dInitial)
  }

  @Test("the backward pass of a run is the sum of those of its steps", arguments: CellKind.allCases)
  func sumOfSteps(_ kind: CellKind) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = RecurrentProblem(cell)
      let whole = problem.solve()
      var states = [problem.initial]
      for t in 0..<problem.length {
        var state = states[t]
        _ = problem.layer.step(problem.steps(problem.xs, from: t, count: 1), state: &state)
        states.append(state)
      }
      var gradient = problem.dLast
      var sums: [[Double]] = []
      for t in (0..<problem.length).reversed() {
        let step = problem.solve(
          xs: problem.steps(problem.xs, from: t, count: 1),
          dhs: problem.steps(problem.dhs, from: t, count: 1), initial: states[t], dLast: gradient)
        gradient = step.dInitial
        expectSameBits(step.dxs, problem.steps(whole.dxs, from: t, count: 1), "dxs of step \(t)")
        let weights = step.gradients.weights.map { $0.elements.map(Double.init) }
        sums = sums.isEmpty ? weights : zip(sums, weights).map { zip($0, $1).map { $0 + $1 } }
      }
      #expect(gradient == whole.dInitial)
      for (found, expected) in zip(whole.gradients.weights, sums) {
        expectClose(found.elements, expected, within: 1e-6)
      }
    }
    check(kind.cell)
  }

  @Test(
    "a trace and panels are used again and leave nothing behind", arguments: CellKind.allCases,
    Precision.forTraining)
  func reuse(_ kind: CellKind, _ precision: Precision) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = RecurrentProblem(cell, hiddenSize: 5, length: 5, precision: precision)
      let layer = problem.layer
      let panels = RecurrentLayer<Cell>.Panels(
        layer, forTraining: true, precision: precision)
      var trace = RecurrentLayer<Cell>.Trace(
        layer, capacity: 5, batchSize: 3, forTraining: true, precision: precision)
      for length in [5, 2, 4] {
        let xs = problem.steps(problem.xs, from: 0, count: length)
        let dhs = problem.steps(problem.dhs, from: 0, count: length)
        var hs = Buffer(rows: xs.rows, columns: layer.hiddenSize)
        var dxs = Buffer(rows: xs.rows, columns: layer.inputSize)
        var (state, dState, gradients) = (problem.initial, problem.dLast, layer)
        layer.run(Buffer(xs), state: &state, into: &hs, trace: &trace, panels: panels)
        layer.backward(
          Buffer(dhs), through: trace, into: &gradients, dxs: &dxs, dState: &dState,
          panels: panels)
        expectSameBits(
          RecurrentProblem.Result(
            hs: hs.matrix, last: state, gradients: gradients, dxs: dxs.matrix, dInitial: dState),
          problem.solve(
            xs: xs, dhs: dhs, initial: problem.initial, dLast: problem.dLast),
          "window of \(length)")
      }
    }
    check(kind.cell)
  }

  @Test(
    "the members' doors, cut at the window, equal a backward pass from zeros",
    arguments: CellKind.allCases, [1, 3])
  func members(_ kind: CellKind, threads: Int) {
    for precision in Precision.forTraining { members(kind, threads: threads, precision) }
  }

  private func members(_ kind: CellKind, threads: Int, _ precision: Precision) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = RecurrentProblem(cell, hiddenSize: 35, precision: precision)
      let layer = problem.layer
      let zeros = layer.initialState(batchSize: problem.batch)
      let expected = problem.solve(
        xs: problem.xs, dhs: problem.dhs, initial: problem.initial, dLast: zeros)
      let panels = RecurrentLayer<Cell>.Panels(
        layer, forTraining: true, precision: precision)
      let trace = RecurrentLayer<Cell>.Trace(
        layer, capacity: problem.length, batchSize: problem.batch, forTraining: true,
        precision: precision)
      let copy = RoundedCopy(
        rows: problem.xs.rows, columns: problem.xs.columns, precision: precision)
      copy.round(problem.xs.view, at: 0, columns: 0..<problem.xs.columns)
      let operand = copy.operand(problem.xs.view)
      var (gradients, dxs) = (layer, problem.xs)
      let (views, inputs) = (gradients.mutableViews(), dxs.mutableView())
      trace.begin(with: problem.initial)
      ThreadTeam(count: threads).run { member in
        for _ in 0..<2 {
          layer.forward(
            problem.xs.view, operand: operand, trace: trace, panels: panels,
            member: member)
          trace.beginBackward(member: member)
          layer.backward(
            problem.dhs.view, trace: trace, gradients: views, dxs: inputs, panels: panels,
            member: member)
        }
      }
      expectSameBits(dxs, expected.dxs, "dxs")
      #expect(gradients == expected.gradients)
      var last = zeros
      trace.read(into: &last, after: problem.length)
      #expect(last == expected.last)
    }
    check(kind.cell)
  }

  @Test("panels without training give the same forward pass", arguments: CellKind.allCases)
  func inference(_ kind: CellKind) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let problem = RecurrentProblem(cell)
      let panels = RecurrentLayer<Cell>.Panels(problem.layer, forTraining: false)
      var trace = RecurrentLayer<Cell>.Trace(
        problem.layer, capacity: 4, batchSize: 3, forTraining: false)
      var state = problem.initial
      var hs = Buffer(rows: 12, columns: 6)
      problem.layer.run(
        Buffer(problem.xs), state: &state, into: &hs, trace: &trace, panels: panels)
      expectSameBits(hs.matrix, problem.solve().hs)
    }
    check(kind.cell)
  }

  @Test("states can be split and joined", arguments: CellKind.allCases)
  func states(_ kind: CellKind) {
    func check<Cell: TwinCell>(_ cell: Cell.Type) {
      let state = RecurrentProblem(cell).initial
      #expect(state.batchSize == 3)
      #expect(.init(joining: [state.rows([0]), state.rows([1, 2])]) == state)
      #expect(state.rows([2, 0]).rows([1, 0]) == state.rows([0, 2]))
      #expect(state != state.rows([1, 0, 2]))
    }
    check(kind.cell)
  }
}

extension RecurrentProblem {
  fileprivate init(
    _ cell: Cell.Type, _ shape: (Int, Int, Int, Int), precision: Precision = .float32
  ) {
    self.init(
      cell, seed: shape.0, inputSize: shape.0, hiddenSize: shape.1, batch: shape.2,
      length: shape.3, precision: precision)
  }
}

extension RecurrentLayer {
  /// Every weight, in the order of the initialiser.
  var weights: [Matrix] { [inputWeights, recurrentWeights, bias, recurrentBias] }
}
