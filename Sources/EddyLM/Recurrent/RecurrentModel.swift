public import EddyNN

/// A recurrent language model: a network, its packed weights, and how text becomes tokens.
public struct RecurrentModel<Cell: RecurrentCell>: VectorModel {
  public let codec: TextCodec
  /// The weights; in int8, the word vectors are rounded as the other weights are when they are packed.
  public let network: RecurrentNetwork<Cell>
  private let panels: RecurrentPanels<Cell>
  private let decoder: LinearPanels
  private let sums: InputSums<Cell>?
  private let spaces = ReadingSpaces<Cell>()

  /// Packs the weights. Complexity: O(weights)
  ///
  /// - Parameter precision: That of the weights in all products, and in bfloat16 of the other operands, too.
  /// - Precondition: the network has as many words as the vocabulary.
  public init(
    codec: TextCodec, network: RecurrentNetwork<Cell>, precision: Precision = .float32,
    team: ThreadTeam = .serial
  ) {
    precondition(
      network.vocabularySize == codec.vocabulary.count,
      "A network of \(codec.vocabulary.count) words is needed, found \(network.vocabularySize).")
    self.codec = codec
    panels = RecurrentPanels(
      network, forTraining: false, precision: precision, team: team)
    decoder = LinearPanels(
      network.decoder, forTraining: false, precision: precision, team: team)
    self.network = network.withVectors(in: precision)
    sums = InputSums(network)
  }

  public func initialState(batchSize: Int) -> RecurrentState<Cell> {
    network.initialState(batchSize: batchSize)
  }

  package var vectorSize: Int { network.sizes.hidden }

  public func advance(
    _ tokens: [Int], state: inout RecurrentState<Cell>, team: ThreadTeam
  ) -> Matrix {
    advance(tokens, state: &state, team: team, vectors: { _ in })
  }

  public func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout RecurrentState<Cell>,
    keeping rows: [Int], team: ThreadTeam
  ) -> [Float] {
    logProbabilities(
      of: continuations, after: inputs, state: &state, keeping: rows, team: team,
      vectors: { _ in })
  }

  package func advance(
    _ tokens: [Int], state: inout RecurrentState<Cell>, team: ThreadTeam,
    vectors: (MatrixView) -> Void
  ) -> Matrix {
    var result = Matrix(rows: tokens.count, columns: network.vocabularySize)
    let scores = result.mutableView()
    withSpace(for: tokens, state: state, team: team) { space in
      team.run { member in
        space.layers.forward(
          tokens, network: network, panels: panels, sums: sums, member: member)
        network.decoder.forward(
          space.layers.topOperand(rows: tokens.count), into: scores, panels: decoder.panels,
          member: member)
        member.barrier()
        SoftmaxCrossEntropy.normalise(scores, member: member)
      }
      vectors(space.layers.outputs(rows: tokens.count))
      space.layers.read(into: &state, after: 1)
    }
    return result
  }

  package func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout RecurrentState<Cell>,
    keeping rows: [Int], team: ThreadTeam, vectors: (MatrixView) -> Void
  ) -> [Float] {
    precondition(
      continuations.allSatisfy {
        inputs.indices.contains($0.row) && $0.token >= 0 && $0.token < network.vocabularySize
      },
      "Continuations need rows in 0 ..< \(inputs.count) and tokens in "
        + "0 ..< \(network.vocabularySize).")
    let (targets, targetRows) = (continuations.map(\.token), continuations.map(\.row))
    let results = Buffer(rows: 1, columns: targets.count)
    let view = results.view
    withSpace(for: inputs, state: state, team: team) { space in
      team.run { member in
        space.layers.forward(
          inputs, network: network, panels: panels, sums: sums, member: member)
        guard !targets.isEmpty else { return }
        let top = space.layers.topOperand(rows: inputs.count)
        for first in stride(from: 0, to: inputs.count, by: space.scores.rows) {
          let count = min(space.scores.rows, inputs.count - first)
          let scores = space.scores.view.rows(from: 0, count: count)
          network.decoder.forward(
            top.rows(from: first, count: count), into: scores, panels: decoder.panels,
            member: member)
          member.barrier()
          SoftmaxCrossEntropy.logProbabilities(
            scores, from: first, targets: targets, rows: targetRows, into: view,
            member: member)
          member.barrier()
        }
      }
      vectors(space.layers.outputs(rows: inputs.count))
      state = space.layers.state(afterRows: rows)
    }
    return results.matrix.elements
  }

  /// Lends space for one window of `inputs`, begun with `state`.
  private func withSpace(
    for inputs: [Int], state: RecurrentState<Cell>, team: ThreadTeam,
    _ body: (ReadingSpace<Cell>) -> Void
  ) {
    let batchSize = state.batchSize
    let length = inputs.count / batchSize
    precondition(
      length >= 1 && inputs.count == length * batchSize,
      "A window of \(batchSize) texts needs T·\(batchSize) tokens, found \(inputs.count).")
    precondition(
      inputs.allSatisfy { $0 >= 0 && $0 < network.vocabularySize },
      "Tokens must be in 0 ..< \(network.vocabularySize).")
    sums?.prepare(inputs, network: network, panels: panels, team: team)
    let space = spaces.take(
      network, batchSize: batchSize, rows: inputs.count, precision: panels.precision)
    space.layers.begin(with: state)
    body(space)
    spaces.giveBack(space)
  }
}
