package import EddyNN

/// How large the gradient of each weight mostly is on a text: `√(mean of its square) + ε`.
///
/// Source: Krause, Kahembwe, Murray, Renals, «Dynamic evaluation of neural sequence models», ICML 2018, equation 4.
package struct GradientSizes<Network: LanguageNetwork>: Sendable {
  /// Shaped like the weights.
  let network: Network
  /// The mean of all, before ε was added.
  package let mean: Float

  /// Measures them on windows from all over the text, each begun with the initial state.
  ///
  /// - Parameters:
  ///   - tokens: A text like the one that the network learned from; at least one window and a word.
  ///   - windowLength: That of the steps.
  ///   - epsilon: `ε`, as a share of the mean.
  /// - Complexity: O(windows · (weights + windowLength · weights that are read))
  package init(
    _ network: Network, tokens: some TokenSource, windowLength: Int, windows: Int = 500,
    epsilon: Float = 0.1, team: ThreadTeam
  ) {
    let options = Self.options(network, windowLength: windowLength)
    precondition(
      tokens.count > windowLength, "A text of at least \(windowLength + 1) words is needed.")
    let space = TrainingSpace(network, options: options, team: team)
    let last = tokens.count - windowLength - 1
    let count = min(windows, last + 1)
    var (weights, optimiser) = (
      network, Optimiser.sgd.initialState(for: [])
    )
    var sums = Network(vocabularySize: network.vocabularySize, sizes: network.sizes)
    let parameters = network.parameters
    for window in 0..<count {
      let first = count == 1 ? 0 : last * window / (count - 1)
      let words = (first...first + windowLength).map { tokens[$0] }
      var state = network.initialState(batchSize: 1)
      _ = space.update(
        &weights, optimiser: &optimiser, state: &state, inputs: words.dropLast(),
        targets: Array(words.dropFirst()),
        step: .init(number: 0, optimiser: .sgd, rate: 0, clip: nil), team: team)
      let gradients = parameters.map { space.gradients[keyPath: $0.path] }
      let views = sums.mutableViews()
      team.run { member in
        for (sum, gradient) in zip(views, gradients) {
          let gradient = gradient.view
          for element in member.share(of: sum.count, grain: 16) {
            unsafe sum.base[element] += gradient.base[element] * gradient.base[element]
          }
        }
      }
    }
    var total = 0.0
    for view in sums.mutableViews() {
      for element in 0..<view.count {
        let size = unsafe (view.base[element] / Float(count)).squareRoot()
        unsafe view.base[element] = size
        total += Double(size)
      }
    }
    mean = max(Float(total / Double(network.parameterCount)), .leastNormalMagnitude)
    for view in sums.mutableViews() {
      for element in 0..<view.count { unsafe view.base[element] += epsilon * mean }
    }
    self.network = sums
  }

  /// Of a training whose windows are single texts of so many words.
  static func options(_ network: Network, windowLength: Int) -> TrainingOptions {
    var options = TrainingOptions()
    options.model = Network.kind
    options.sizes = network.sizes
    options.batchSize = 1
    options.windowLength = windowLength
    return options
  }

  /// Where the weights begin, and how large their steps are.
  func optimiserState(_ start: Network) -> Optimiser.State {
    var state = Optimiser.returning(decay: 0).initialState(for: [])
    state.means = start.parameters.map { start[keyPath: $0.path] }
    state.squares = network.parameters.map { parameter in
      let sizes = network[keyPath: parameter.path]
      return Matrix(
        rows: sizes.rows, columns: sizes.columns, elements: sizes.elements.map { 1 / $0 })
    }
    return state
  }
}
