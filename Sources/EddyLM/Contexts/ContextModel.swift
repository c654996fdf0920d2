public import EddyNN

/// A language model that reads a fixed number of words before the next.
///
/// Source: see ``AveragedContext`` and ``ConcatenatedContext``.
public struct ContextModel<Context: WordContext>: LanguageModel {
  /// The rows whose scores are computed at once.
  private static var scoreRows: Int { 256 }

  public let codec: TextCodec
  public let network: ContextNetwork<Context>
  private let hidden: LinearPanels?
  private let decoder: LinearPanels
  private let precision: Precision

  /// Packs the weights. Complexity: O(weights)
  ///
  /// - Precondition: the context has no words after the next, and the network as many words as the vocabulary.
  public init(
    codec: TextCodec, network: ContextNetwork<Context>, precision: Precision = .float32,
    team: ThreadTeam = .serial
  ) {
    precondition(
      !Context.hasBothSides && network.vocabularySize == codec.vocabulary.count,
      "A network of \(codec.vocabulary.count) words that reads the words before is needed, found "
        + "\(Context.kind) of \(network.vocabularySize).")
    self.codec = codec
    self.precision = precision
    hidden = network.hidden.map {
      LinearPanels($0, forTraining: false, precision: precision, team: team)
    }
    decoder = LinearPanels(
      network.decoder, forTraining: false, precision: precision, team: team)
    self.network = network.withVectors(in: precision)
  }

  public func initialState(batchSize: Int) -> ContextState {
    network.initialState(batchSize: batchSize)
  }

  public func advance(
    _ tokens: [Int], state: inout ContextState, team: ThreadTeam
  ) -> Matrix {
    var words: [Int] = []
    for (row, token) in tokens.enumerated() {
      state.read(token, row: row)
      state.append(row: row, to: &words)
    }
    var result = Matrix(rows: tokens.count, columns: network.vocabularySize)
    let scores = result.mutableView()
    let space = space(for: words)
    team.run { member in
      forward(space, into: scores, member: member)
      SoftmaxCrossEntropy.normalise(scores, member: member)
    }
    return result
  }

  public func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout ContextState,
    keeping rows: [Int], team: ThreadTeam
  ) -> [Float] {
    let batch = state.batchSize
    precondition(
      !inputs.isEmpty && inputs.count % batch == 0,
      "A window of \(batch) texts needs T·\(batch) tokens, found \(inputs.count).")
    var words: [Int] = []
    var kept = [ContextState?](repeating: nil, count: rows.count)
    let keeping = Dictionary(grouping: rows.indices) { rows[$0] }
    for (row, input) in inputs.enumerated() {
      state.read(input, row: row % batch)
      state.append(row: row % batch, to: &words)
      for index in keeping[row] ?? [] { kept[index] = state.rows([row % batch]) }
    }
    state = rows.isEmpty ? state.rows([]) : ContextState(joining: kept.compactMap(\.self))
    guard !continuations.isEmpty else { return [] }
    let (targets, targetRows) = (continuations.map(\.token), continuations.map(\.row))
    let results = Buffer(rows: 1, columns: targets.count)
    let view = results.view
    for first in stride(from: 0, to: inputs.count, by: Self.scoreRows) {
      let count = min(Self.scoreRows, inputs.count - first)
      let space = space(
        for: Array(words[first * network.wordCount..<(first + count) * network.wordCount]))
      let scores = Buffer(rows: count, columns: network.vocabularySize)
      let scoreView = scores.view
      team.run { member in
        forward(space, into: scoreView, member: member)
        SoftmaxCrossEntropy.logProbabilities(
          scoreView, from: first, targets: targets, rows: targetRows, into: view, member: member)
      }
    }
    return results.matrix.elements
  }

  private func space(for words: [Int]) -> ContextSpace<Context> {
    precondition(
      words.allSatisfy { $0 >= 0 && $0 < network.vocabularySize },
      "Tokens must be in 0 ..< \(network.vocabularySize).")
    let space = ContextSpace(
      network, rows: words.count / network.wordCount, precision: precision)
    space.begin(words)
    return space
  }

  /// A member's part of the scores; ends with a barrier.
  private func forward(
    _ space: ContextSpace<Context>, into scores: MatrixView, member: ThreadTeam.Member
  ) {
    space.forward(network, hidden: hidden, member: member)
    network.decoder.forward(
      space.topOperand, into: scores, panels: decoder.panels, member: member)
    member.barrier()
  }
}
