import CEddyKernels
import EddyNN
import Testing

@Suite("Gate equations equal their twins bit for bit, however the units are shared out")
struct GateTests {
  /// One step of a cell, forward and backward, with formula-made sums and gradients.
  private struct Case<Cell: TwinCell> {
    let sums, recurrentSums, above: TwinMatrix<Float>
    let step: TwinStep<Float>
    let future: TwinState<Float>
    let futureAfter: TwinState<Float>
    let gradients: (sums: TwinMatrix<Float>, recurrentSums: TwinMatrix<Float>)

    init(rows: Int, units: Int) {
      func formula(_ seed: Int, _ columns: Int) -> TwinMatrix<Float> {
        TwinMatrix(formula: seed, rows: rows, columns: columns, bound: 3)
      }
      let cell = Cell.hasCell ? units : 0
      sums = formula(1, Cell.gateCount * units)
      recurrentSums = formula(2, Cell.separatesRecurrentSums ? Cell.gateCount * units : 0)
      above = formula(3, units)
      step = Cell.step(
        sums: sums, recurrentSums: recurrentSums,
        before: TwinState(hidden: formula(4, units), cell: formula(5, cell)))
      future = TwinState(hidden: formula(6, units), cell: formula(7, cell))
      var after = future
      gradients = Cell.backward(step, above: above, future: &after)
      futureAfter = after
    }

    /// Cases smaller and larger than a vector, with every way to share out their units.
    static var all: [(example: Case, cut: [Range<Int>])] {
      [1, 3].flatMap { rows in
        [1, 4, 5, 9, 17, 33].flatMap { units in
          let example = Case(rows: rows, units: units)
          return cuts(of: units).map { (example, $0) }
        }
      }
    }

    var rows: Int { above.rows }
    var units: Int { above.columns }
  }

  private func expect(
    _ found: Guarded, _ expected: TwinMatrix<Float>, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found.isIntact, "\(what)", sourceLocation: sourceLocation)
    expectSameBits(found.elements, expected.elements, what, sourceLocation: sourceLocation)
  }

  @Test("RNN", arguments: KernelSet.all)
  func rnn(_ set: KernelSet) {
    for (example, cut) in Case<RNNCell>.all {
      let (sums, h) = (Guarded(example.sums), Guarded(rows: example.rows, columns: example.units))
      let (above, future) = (Guarded(example.above), Guarded(example.future.hidden))
      let gradient = Guarded(rows: example.rows, columns: example.units)
      for part in cut {
        unsafe set.table.rnn_forward(
          h.base, sums.base, example.rows, example.units, part.lowerBound, part.upperBound)
        unsafe set.table.rnn_backward(
          gradient.base, above.base, future.base, h.base, example.rows, example.units,
          part.lowerBound, part.upperBound)
      }
      expect(h, example.step.after.hidden, "h")
      expect(gradient, example.gradients.sums, "da")
      expect(future, example.future.hidden, "future")
    }
  }

  @Test("LSTM", arguments: KernelSet.all)
  func lstm(_ set: KernelSet) {
    for (example, cut) in Case<LSTMCell>.all {
      let (rows, units) = (example.rows, example.units)
      let (gates, before) = (Guarded(example.sums), Guarded(example.step.before.cell))
      let h = Guarded(rows: rows, columns: units)
      let c = Guarded(rows: rows, columns: units)
      let tanhC = Guarded(rows: rows, columns: units)
      let (above, future) = (Guarded(example.above), Guarded(example.future.hidden))
      let dc = Guarded(example.future.cell)
      let gradient = Guarded(rows: rows, columns: 4 * units)
      for part in cut {
        unsafe set.table.lstm_forward(
          h.base, c.base, tanhC.base, gates.base, before.base, rows, units, part.lowerBound,
          part.upperBound)
        unsafe set.table.lstm_backward(
          gradient.base, dc.base, above.base, future.base, gates.base, tanhC.base, before.base,
          rows, units, part.lowerBound, part.upperBound)
      }
      expect(h, example.step.after.hidden, "h")
      expect(c, example.step.after.cell, "c")
      expect(tanhC, example.step.tanhCell, "tanh c")
      expect(gates, example.step.gates, "gates")
      expect(gradient, example.gradients.sums, "da")
      expect(dc, example.futureAfter.cell, "dc")
      expect(future, example.future.hidden, "future")
    }
  }

  @Test("GRU", arguments: KernelSet.all)
  func gru(_ set: KernelSet) {
    for (example, cut) in Case<GRUCell>.all {
      let (rows, units) = (example.rows, example.units)
      let (gates, recurrent) = (Guarded(example.sums), Guarded(example.recurrentSums))
      let (before, h) = (
        Guarded(example.step.before.hidden), Guarded(rows: rows, columns: units)
      )
      let (above, future) = (Guarded(example.above), Guarded(example.future.hidden))
      let gradient = Guarded(rows: rows, columns: 3 * units)
      let recurrentGradient = Guarded(rows: rows, columns: 3 * units)
      for part in cut {
        unsafe set.table.gru_forward(
          h.base, gates.base, recurrent.base, before.base, rows, units, part.lowerBound,
          part.upperBound)
        unsafe set.table.gru_backward(
          gradient.base, recurrentGradient.base, above.base, future.base, gates.base,
          recurrent.base, before.base, rows, units, part.lowerBound, part.upperBound)
      }
      expect(h, example.step.after.hidden, "h")
      expect(gates, example.step.gates, "gates")
      expect(gradient, example.gradients.sums, "da")
      expect(recurrentGradient, example.gradients.recurrentSums, "da of the recurrent sums")
      expect(future, example.futureAfter.hidden, "future")
    }
  }
}
