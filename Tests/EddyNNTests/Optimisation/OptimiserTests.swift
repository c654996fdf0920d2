import EddyNN
import Testing

@Suite("Optimisers equal the plain formulas bit for bit")
struct OptimiserTests {
  static let shapes = [(3, 33), (1, 5), (1, 0), (65, 2)]

  /// Several updates with formula-made gradients, of which clipping leaves half.
  private func train(
    _ optimiser: Optimiser, updates: Int, team: ThreadTeam = .serial
  ) -> (weights: [Matrix], state: Optimiser.State) {
    var weights = Self.shapes.enumerated().map {
      Formula($0).matrix(rows: $1.0, columns: $1.1)
    }
    var state = optimiser.initialState(for: weights)
    for update in 1...updates {
      var gradients = gradients(update)
      optimiser.advance(&state.powers)
      let powers = state.powers
      let views = Optimiser.Views(
        weights: weights.indices.map { weights[$0].mutableView() },
        gradients: gradients.indices.map { gradients[$0].mutableView() }, state: &state)
      team.run { member in
        for (index, shape) in Self.shapes.enumerated() {
          optimiser.apply(
            views, index: index, elements: member.share(of: shape.0 * shape.1), rate: 0.01,
            scale: 0.5, powers: powers)
        }
      }
    }
    return (weights, state)
  }

  private func gradients(_ update: Int) -> [Matrix] {
    Self.shapes.enumerated().map {
      Formula(100 * update + $0).matrix(rows: $1.0, columns: $1.1)
    }
  }

  @Test("SGD")
  func sgd() {
    let found = train(.sgd, updates: 3)
    #expect(found.state.means.isEmpty && found.state.squares.isEmpty)
    #expect(found.state.powers == Optimiser.Powers())
    for (index, shape) in Self.shapes.enumerated() {
      var expected = Formula(index).floats(shape.0 * shape.1)
      for update in 1...3 {
        for (element, gradient) in gradients(update)[index].elements.enumerated() {
          OptimiserTwins.sgd(&expected[element], gradient: gradient, scale: 0.5, rate: 0.01)
        }
      }
      expectSameBits(found.weights[index].elements, expected, "\(shape)")
    }
  }

  @Test("AdamW, bit for bit in Float and closely in Double")
  func adamW() {
    let found = train(
      .adamW(beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1), updates: 4)
    func expected<Scalar: TwinFloat>(_ index: Int, _ scalar: Scalar.Type) -> [Scalar] {
      let count = Self.shapes[index].0 * Self.shapes[index].1
      var weights = Formula(index).floats(count).map(Scalar.init)
      var means = [Scalar](repeating: 0, count: count)
      var squares = means
      var (power1, power2) = (1.0, 1.0)
      for update in 1...4 {
        power1 *= Double(Float(0.8))
        power2 *= Double(Float(0.95))
        let twin = OptimiserTwins.AdamW<Scalar>(
          scale: 0.5, rate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, decay: 0.01 * 0.1,
          correction1: Scalar(1 / (1 - power1)), correction2: Scalar(1 / (1 - power2)))
        for (element, gradient) in gradients(update)[index].elements.enumerated() {
          twin.update(
            &weights[element], gradient: Scalar(gradient), mean: &means[element],
            square: &squares[element])
        }
      }
      return weights
    }
    for index in Self.shapes.indices {
      expectSameBits(found.weights[index].elements, expected(index, Float.self))
      expectClose(found.weights[index].elements, expected(index, Double.self), within: 1e-6)
    }
  }

  @Test(
    "give the same bits for any number of threads", arguments: [Optimiser.sgd, .adamW()], [2, 3])
  func threads(_ optimiser: Optimiser, _ count: Int) {
    let alone = train(optimiser, updates: 2)
    let together = train(optimiser, updates: 2, team: ThreadTeam(count: count))
    #expect(together.weights == alone.weights)
    #expect(together.state == alone.state)
  }

  @Test("an update of all weights is the same", arguments: [Optimiser.sgd, .adamW()])
  func update(_ optimiser: Optimiser) {
    let expected = train(optimiser, updates: 3)
    var weights = Self.shapes.enumerated().map { Formula($0).matrix(rows: $1.0, columns: $1.1) }
    var state = optimiser.initialState(for: weights)
    for update in 1...3 {
      let halves = gradients(update).map { gradients in
        Matrix(
          rows: gradients.rows, columns: gradients.columns,
          elements: gradients.elements.map { $0 / 2 })
      }
      optimiser.update(&weights, gradients: halves, rate: 0.01, state: &state)
    }
    #expect(weights == expected.weights)
    #expect(state == expected.state)
  }

  @Test("an update needs gradients of the weights' shapes")
  func updateOfOtherShapes() async {
    await #expect(processExitsWith: .failure) {
      var weights = [Matrix(rows: 2, columns: 3)]
      var state = Optimiser.sgd.initialState(for: weights)
      Optimiser.sgd.update(
        &weights, gradients: [Matrix(rows: 3, columns: 2)], rate: 1, state: &state)
    }
  }

  @Test("AdamW's powers are repeated products")
  func powers() {
    let optimiser = Optimiser.adamW(beta1: 0.9, beta2: 0.999)
    var state = optimiser.initialState(for: [Matrix(rows: 2, columns: 3)])
    #expect(state.means == [Matrix(rows: 2, columns: 3)])
    #expect(state.squares == state.means)
    for _ in 0..<3 { optimiser.advance(&state.powers) }
    let (beta1, beta2) = (Double(Float(0.9)), Double(Float(0.999)))
    #expect(state.powers.beta1 == beta1 * beta1 * beta1)
    #expect(state.powers.beta2 == beta2 * beta2 * beta2)
  }

  @Test("the rule that returns: steps of a size for each weight, and a pull to where it began")
  func returning() {
    var weights = [Matrix(rows: 1, columns: 3, elements: [1, 2, 3])]
    var gradients = [Matrix(rows: 1, columns: 3, elements: [4, -4, 8])]
    var state = Optimiser.returning(decay: 0.1).initialState(for: weights)
    state.means = [Matrix(rows: 1, columns: 3, elements: [2, 2, 0])]
    state.squares = [Matrix(rows: 1, columns: 3, elements: [0.5, 0.25, 0.05])]
    let views = Optimiser.Views(
      weights: [weights[0].mutableView()], gradients: [gradients[0].mutableView()], state: &state)
    Optimiser.returning(decay: 0.1).apply(
      views, index: 0, elements: 0..<3, rate: 0.1, scale: 0.5, powers: state.powers)
    // Pulls of 0.1 / 0.5 and 0.1 / 0.25, and of no more than the whole way.
    for (found, needed) in zip(weights[0].elements, [1 + 0.2 - 0.1, 2 + 0.05, -0.02]) {
      #expect(abs(Double(found) - needed) < 1e-6)
    }
  }
}
