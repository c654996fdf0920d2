import EddyNN
import Testing

@Suite("The Double twin's hand-written backward pass equals finite differences")
struct RecurrentTwinTests {
  /// Everything that the loss depends on.
  private struct Variables<Cell: TwinCell> {
    var twin: RecurrentTwin<Cell, Double>
    var xs: TwinMatrix<Double>
    var initial: TwinState<Double>

    /// Σ dhs ⊙ hs + Σ dLast ⊙ last
    func loss(_ dhs: TwinMatrix<Double>, _ dLast: TwinState<Double>) -> Double {
      let steps = twin.run(xs, state: initial)
      guard let last = steps.last?.after else { return 0 }
      func dot(_ a: TwinMatrix<Double>, _ b: TwinMatrix<Double>) -> Double {
        zip(a.elements, b.elements).reduce(0) { $0 + $1.0 * $1.1 }
      }
      return dot(TwinMatrix(joining: steps.map(\.after.hidden)), dhs)
        + dot(last.hidden, dLast.hidden) + dot(last.cell, dLast.cell)
    }

    static var paths: [(String, WritableKeyPath<Variables, [Double]>)] {
      [
        ("Wx", \.twin.inputWeights.elements), ("Wh", \.twin.recurrentWeights.elements),
        ("b", \.twin.bias.elements), ("b′", \.twin.recurrentBias.elements),
        ("xs", \.xs.elements), ("h", \.initial.hidden.elements), ("c", \.initial.cell.elements),
      ]
    }
  }

  @Test(arguments: CellKind.allCases, [(1, 1, 1, 1), (2, 3, 2, 3), (4, 3, 1, 4)])
  func finiteDifferences(_ kind: CellKind, _ sizes: (Int, Int, Int, Int)) {
    check(kind.cell, sizes)
  }

  private func check<Cell: TwinCell>(_ cell: Cell.Type, _ sizes: (Int, Int, Int, Int)) {
    let problem = RecurrentProblem(
      cell, seed: 100 * sizes.0, inputSize: sizes.0, hiddenSize: sizes.1, batch: sizes.2,
      length: sizes.3)
    let (dhs, dLast) = (TwinMatrix<Double>(problem.dhs), TwinState<Double>(problem.dLast))
    let variables = Variables<Cell>(
      twin: RecurrentTwin(problem.layer), xs: TwinMatrix(problem.xs),
      initial: TwinState(problem.initial))
    let gradients = variables.twin.backward(
      dhs, xs: variables.xs, steps: variables.twin.run(variables.xs, state: variables.initial),
      dState: dLast)
    let analytic = Variables<Cell>(
      twin: gradients.weights, xs: gradients.xs, initial: gradients.state)
    let distance = 1e-5
    for (name, path) in Variables<Cell>.paths {
      let differences = variables[keyPath: path].indices.map { index in
        var (above, below) = (variables, variables)
        above[keyPath: path][index] += distance
        below[keyPath: path][index] -= distance
        return (above.loss(dhs, dLast) - below.loss(dhs, dLast)) / (2 * distance)
      }
      expectClose(analytic[keyPath: path], differences, within: 1e-6, "\(Cell.name) \(name)")
    }
  }
}
