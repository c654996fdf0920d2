import EddyNN
import Testing

@Suite("Linear layer")
struct LinearTests {
  private let xs = Formula(1).matrix(rows: 5, columns: 7)
  private let dys = Formula(2).matrix(rows: 5, columns: 34)
  private let layer: Linear = {
    var layer = Linear(inputSize: 7, outputSize: 34)
    layer.weights = Formula(3).matrix(rows: 34, columns: 7)
    layer.bias = Formula(4).matrix(rows: 1, columns: 34)
    return layer
  }()

  private func solve(
    _ precision: Precision = .float32, team: ThreadTeam = .serial
  ) -> (ys: Matrix, dxs: Matrix, gradients: Linear) {
    let panels = Linear.Panels(layer, forTraining: true, precision: precision, team: team)
    var ys = Buffer(rows: 5, columns: 34)
    var dxs = Buffer(rows: 5, columns: 7)
    var gradients = layer
    layer.run(Buffer(xs), into: &ys, panels: panels, team: team)
    layer.backward(
      Buffer(dys), xs: Buffer(xs), into: &gradients, dxs: &dxs, panels: panels, team: team)
    return (ys.matrix, dxs.matrix, gradients)
  }

  /// `y = x·Wᵀ + b` of the `Double` twin, and what the loss Σ dy ⊙ y depends on.
  private struct Variables {
    var xs, weights, bias: TwinMatrix<Double>

    var ys: TwinMatrix<Double> { xs.product(weights.transposed, start: bias) }

    func loss(_ dys: Matrix) -> Double {
      zip(ys.elements, dys.elements).reduce(0) { $0 + $1.0 * Double($1.1) }
    }

    func differences(_ path: WritableKeyPath<Variables, TwinMatrix<Double>>, _ dys: Matrix)
      -> [Double]
    {
      self[keyPath: path].elements.indices.map { index in
        var (above, below) = (self, self)
        above[keyPath: path].elements[index] += 0.25
        below[keyPath: path].elements[index] -= 0.25
        return (above.loss(dys) - below.loss(dys)) * 2
      }
    }
  }

  @Test("equals the Double twin, its gradients finite differences")
  func finiteDifferences() {
    let result = solve()
    let twin = Variables(
      xs: TwinMatrix(xs), weights: TwinMatrix(layer.weights), bias: TwinMatrix(layer.bias))
    expectClose(result.ys, twin.ys, within: 1e-6, "ys")
    expectClose(result.dxs.elements, twin.differences(\.xs, dys), within: 1e-6, "dxs")
    expectClose(
      result.gradients.weights.elements, twin.differences(\.weights, dys), within: 1e-6, "dW")
    expectClose(result.gradients.bias.elements, twin.differences(\.bias, dys), within: 1e-6, "db")
  }

  @Test(
    "equals the Float twin bit for bit for any number of threads", arguments: Precision.forTraining,
    [1, 2, 3, 7])
  func threads(_ precision: Precision, _ count: Int) {
    let found = solve(precision, team: ThreadTeam(count: count))
    let (xs, dys, weights) = (
      TwinMatrix<Float>(xs), TwinMatrix<Float>(dys), TwinMatrix<Float>(layer.weights)
    )
    var rounded = dys
    rounded.elements = dys.elements.map(precision.nearest)
    let ys = precision.product(xs, weights.transposed, start: TwinMatrix(layer.bias))
    expectSameBits(found.ys.elements, ys.elements, "ys")
    expectSameBits(found.dxs.elements, precision.product(dys, weights).elements, "dxs")
    expectSameBits(
      found.gradients.weights.elements, precision.product(dys.transposed, xs).elements, "dW")
    expectSameBits(found.gradients.bias.elements, rounded.columnSums.elements, "db")
  }

  @Test("bfloat16 is close to float32")
  func bfloat16() {
    let (found, exact) = (solve(.bfloat16), solve())
    func expect(_ found: Matrix, _ exact: Matrix, _ what: String) {
      expectClose(found, TwinMatrix<Double>(exact), within: 2e-2, what)
      #expect(found != exact, "\(what)")
    }
    expect(found.ys, exact.ys, "ys")
    expect(found.dxs, exact.dxs, "dxs")
    expect(found.gradients.weights, exact.gradients.weights, "dW")
    expect(found.gradients.bias, exact.gradients.bias, "db")
  }

  @Test("panels without training take less memory")
  func panels() {
    let training = Linear.Panels(layer, forTraining: true).byteCount
    let inference = Linear.Panels(layer, forTraining: false).byteCount
    #expect(inference == 2 * 32 * 7 * 4)
    #expect(training == inference + 32 * 34 * 4)
    // Two values of bfloat16 are a unit: 7 inputs are 4.
    let half = Linear.Panels(layer, forTraining: true, precision: .bfloat16).byteCount
    #expect(half == 2 * 32 * 4 * 4 + 32 * 17 * 4)
  }

  @Test("an input of the wrong width stops the program")
  func wrongWidth() async {
    await #expect(processExitsWith: .failure) {
      let layer = Linear(inputSize: 3, outputSize: 2)
      var ys = Buffer(rows: 1, columns: 2)
      layer.run(
        Buffer(rows: 1, columns: 4), into: &ys, panels: Linear.Panels(layer, forTraining: false))
    }
  }

  @Test("gradients of fewer rows than inputs stop the program")
  func wrongRows() async {
    await #expect(processExitsWith: .failure) {
      let layer = Linear(inputSize: 3, outputSize: 2)
      var gradients = layer
      var dxs = Buffer(rows: 1, columns: 3)
      layer.backward(
        Buffer(rows: 1, columns: 2), xs: Buffer(rows: 2, columns: 3), into: &gradients,
        dxs: &dxs, panels: Linear.Panels(layer, forTraining: true))
    }
  }

  @Test("a layer without outputs stops the program")
  func empty() async {
    await #expect(processExitsWith: .failure) { _ = Linear(inputSize: 3, outputSize: 0) }
  }
}
