import CEddyKernels

/// How gradients change weights.
public enum Optimiser: Sendable, Equatable {
  /// Plain stochastic gradient descent: `w ← w − η·g`.
  case sgd
  /// Adam with decoupled weight decay.
  ///
  /// Source: Loshchilov & Hutter, «Decoupled weight decay regularization», ICLR 2019, algorithm 2.
  case adamW(
    beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01)
  /// Steps of a size for each weight, with a pull back to where the weights began: `w ← w − η·s·g + p·(w₀ − w)`. Its state
  /// holds `w₀` as the means, `s` as the squares, and does not change; `p = min(1, decay / s)`.
  ///
  /// With `s = 1 / (√MS + ε)`, where `MS` is the mean square of the gradient on the training text, that is the RMS rule of
  /// dynamic evaluation.
  ///
  /// Source: Krause, Kahembwe, Murray, Renals, «Dynamic evaluation of neural sequence models», ICML 2018, equations 3 and 5.
  case returning(decay: Float)

  /// What the optimiser remembers of earlier gradients.
  public struct State: Sendable, Equatable {
    /// The powers of the decay rates after the updates made.
    public var powers = Powers()
    /// The running mean of the gradients and of their squares, shaped like the weights; none for SGD.
    public var means: [Matrix]
    public var squares: [Matrix]
  }

  /// `β₁ᵗ` and `β₂ᵗ` after `t` updates, by repeated multiplication; 1 where there is no β.
  public struct Powers: Sendable, Equatable {
    public var beta1 = 1.0
    public var beta2 = 1.0

    public init(beta1: Double = 1, beta2: Double = 1) {
      self.beta1 = beta1
      self.beta2 = beta2
    }
  }

  /// The state before the first update.
  ///
  /// - Parameter parameters: The weights, for their shapes.
  public func initialState(for parameters: [Matrix]) -> State {
    switch self {
    case .sgd: return State(means: [], squares: [])
    case .adamW, .returning:
      let zeros = parameters.map { Matrix(rows: $0.rows, columns: $0.columns) }
      return State(means: zeros, squares: zeros)
    }
  }

  /// Changes weights by one update, on the calling thread.
  ///
  /// Clip the gradients before, if need be (`clip(toNorm:)`).
  ///
  /// - Parameters:
  ///   - rate: The learning rate `η`.
  ///   - state: ``initialState(for:)`` of these weights, or what the update before left.
  /// - Precondition: Weights, gradients and state have the same shapes.
  /// - Complexity: O(weights)
  public func update(
    _ weights: inout [Matrix], gradients: [Matrix], rate: Float, state: inout State
  ) {
    func shapes(_ matrices: [Matrix]) -> [[Int]] { matrices.map { [$0.rows, $0.columns] } }
    let needed = shapes(weights)
    precondition(
      shapes(gradients) == needed
        && (self == .sgd || shapes(state.means) == needed && shapes(state.squares) == needed),
      "Optimiser needs gradients and state of the weights' shapes, \(needed).")
    advance(&state.powers)
    let powers = state.powers
    let views = Views(
      weights: weights.indices.map { weights[$0].mutableView() },
      gradients: gradients.map(\.view), state: &state)
    withExtendedLifetime(gradients) {
      for (index, view) in views.weights.enumerated() {
        apply(
          views, index: index, elements: 0..<view.count, rate: rate, scale: 1, powers: powers)
      }
    }
  }

  /// Whether a weight without a gradient stays what it is.
  package var needsGradient: Bool { self == .sgd }

  /// Counts one more update.
  package func advance(_ powers: inout Powers) {
    if case .adamW(let beta1, let beta2, _, _) = self {
      powers.beta1 *= Double(beta1)
      powers.beta2 *= Double(beta2)
    }
  }

  /// Where one update reads and writes.
  package struct Views {
    package let weights, gradients, means, squares: [MatrixView]

    package init(
      weights: [MatrixView], gradients: [MatrixView], state: inout State
    ) {
      self.weights = weights
      self.gradients = gradients
      means = state.means.indices.map { state.means[$0].mutableView() }
      squares = state.squares.indices.map { state.squares[$0].mutableView() }
    }
  }

  /// `w ← w − rate·…(scale·g)` for some elements of one array of weights.
  ///
  /// - Parameters:
  ///   - scale: What clipping leaves of the gradients, 0 … 1.
  ///   - powers: Those of this update, counted already.
  package func apply(
    _ views: Views, index: Int, elements: Range<Int>, rate: Float, scale: Float, powers: Powers
  ) {
    let kernels = unsafe Kernels.best.table.pointee
    let (weights, gradients) = (views.weights[index], views.gradients[index])
    let (first, count) = (elements.lowerBound, elements.count)
    precondition(
      first >= 0 && elements.upperBound <= weights.count,
      "\(weights.count) weights have no elements \(elements).")
    switch self {
    case .sgd:
      unsafe kernels.sgd(weights.base + first, gradients.base + first, count, scale, rate)
    case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
      unsafe kernels.adamw(
        weights.base + first, gradients.base + first, views.means[index].base + first,
        views.squares[index].base + first, count, scale, rate, beta1, beta2, epsilon,
        rate * weightDecay, Float(1 / (1 - powers.beta1)), Float(1 / (1 - powers.beta2)))
    case .returning(let decay):
      let (starts, sizes) = (views.means[index], views.squares[index])
      for element in elements {
        unsafe weights.base[element] += Self.change(
          from: weights.base[element], gradient: scale * gradients.base[element],
          start: starts.base[element], size: sizes.base[element], rate: rate, decay: decay)
      }
    }
  }

  /// What the returning rule adds to a weight.
  private static func change(
    from weight: Float, gradient: Float, start: Float, size: Float, rate: Float, decay: Float
  ) -> Float {
    let pull = decay / size
    return (pull < 1 ? pull : 1) * (start - weight) - rate * size * gradient
  }
}
