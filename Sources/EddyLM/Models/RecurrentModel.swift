public import EddyNN

/// A recurrent language model: a network, its packed weights, and how text becomes tokens.
public struct RecurrentModel<Cell: RecurrentCell>: LanguageModel {
  public let codec: TextCodec
  /// The weights.
  public let network: RecurrentNetwork<Cell>
  private let panels: RecurrentPanels<Cell>

  /// Packs the weights. Complexity: O(weights)
  ///
  /// - Parameter precision: That of the operands of all products.
  /// - Precondition: the network has as many words as the vocabulary.
  public init(
    codec: TextCodec, network: RecurrentNetwork<Cell>, precision: Precision = .float32,
    team: ThreadTeam = .serial
  ) {
    precondition(
      network.vocabularySize == codec.vocabulary.count,
      "A network of \(codec.vocabulary.count) words is needed, found \(network.vocabularySize).")
    self.codec = codec
    self.network = network
    panels = RecurrentPanels(
      network, forTraining: false, precision: precision, team: team)
  }

  public func initialState(batchSize: Int) -> RecurrentState<Cell> {
    network.initialState(batchSize: batchSize)
  }

  public func advance(
    _ tokens: [Int], state: inout RecurrentState<Cell>, team: ThreadTeam
  ) -> Matrix {
    let space = window(tokens, state: state)
    let scores = space.scores.view
    team.run { member in
      space.forward(tokens, network: network, panels: panels, member: member)
      SoftmaxCrossEntropy.normalise(scores, member: member)
    }
    space.read(into: &state, after: 1)
    return space.scores.matrix
  }

  public func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout RecurrentState<Cell>,
    keeping rows: [Int], team: ThreadTeam
  ) -> [Float] {
    precondition(
      continuations.allSatisfy {
        inputs.indices.contains($0.row) && $0.token >= 0 && $0.token < network.vocabularySize
      },
      "Continuations need rows in 0 ..< \(inputs.count) and tokens in "
        + "0 ..< \(network.vocabularySize).")
    let space = window(inputs, state: state)
    let (targets, targetRows) = (continuations.map(\.token), continuations.map(\.row))
    let results = Buffer(rows: 1, columns: targets.count)
    let (scores, view) = (space.scores.view, results.view)
    team.run { member in
      space.forward(inputs, network: network, panels: panels, member: member)
      SoftmaxCrossEntropy.logProbabilities(
        scores, targets: targets, rows: targetRows, into: view, member: member)
    }
    state = space.state(afterRows: rows)
    return results.matrix.elements
  }

  /// Space for one window of `inputs`, begun with `state`.
  private func window(_ inputs: [Int], state: RecurrentState<Cell>) -> ForwardSpace<Cell> {
    let length = inputs.count / state.batchSize
    precondition(
      length >= 1 && inputs.count == length * state.batchSize,
      "A window of \(state.batchSize) texts needs T·\(state.batchSize) tokens, "
        + "found \(inputs.count).")
    precondition(
      inputs.allSatisfy { $0 >= 0 && $0 < network.vocabularySize },
      "Tokens must be in 0 ..< \(network.vocabularySize).")
    let space = ForwardSpace(
      network, capacity: length, batchSize: state.batchSize, forTraining: false,
      precision: panels.precision)
    space.begin(with: state)
    return space
  }
}
