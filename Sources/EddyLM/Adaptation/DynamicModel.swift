package import EddyNN
import Synchronization

/// A language model that learns from what it reads, after every window of words: the change of its weights is part of the
/// state of a text, and the model stays as it was.
///
/// Each word is predicted before it is learned from, so that probabilities are those of a language model.
///
/// Source: Krause, Kahembwe, Murray, Renals, «Dynamic evaluation of neural sequence models», ICML 2018, with the RMS rule; first
/// Mikolov et al., Interspeech 2010.
package struct DynamicModel<Cell: RecurrentCell>: VectorModel {
  package let options: DynamicOptions
  private let original: AdaptedWeights<Cell>
  private let learner: Learner<Cell>

  /// - Parameters:
  ///   - sizes: How large a step of each weight is; see ``GradientSizes``.
  package init(
    _ model: RecurrentModel<Cell>, sizes: GradientSizes<RecurrentNetwork<Cell>>,
    options: DynamicOptions
  ) {
    self.options = options
    original = AdaptedWeights(model)
    learner = Learner(model.network, sizes: sizes, options: options)
  }

  private init(
    original: AdaptedWeights<Cell>, learner: Learner<Cell>, options: DynamicOptions
  ) {
    self.original = original
    self.learner = learner
    self.options = options
  }

  /// The same model, as it learns at another rate.
  func with(rate: Float) -> DynamicModel {
    var options = options
    options.rate = rate
    return DynamicModel(
      original: original, learner: learner.with(rate: rate), options: options)
  }

  package var codec: TextCodec { original.model.codec }
  package var vectorSize: Int { original.model.vectorSize }

  package func initialState(batchSize: Int) -> DynamicState<Cell> {
    let state = original.model.initialState(batchSize: 1)
    let text = DynamicState<Cell>.Text(weights: original, now: state, start: state, words: [])
    return DynamicState(texts: Array(repeating: text, count: batchSize))
  }

  package func advance(
    _ tokens: [Int], state: inout DynamicState<Cell>, team: ThreadTeam,
    vectors: (MatrixView) -> Void
  ) -> Matrix {
    let all = Buffer(rows: tokens.count, columns: vectorSize)
    let parts = tokens.indices.map { index in
      prepare(&state.texts[index], toRead: tokens[index], team: team)
      state.texts[index].words.append(tokens[index])
      return state.texts[index].weights.model.advance(
        [tokens[index]], state: &state.texts[index].now, team: team
      ) { all.view.rows(from: index, count: 1).copy(from: $0) }
    }
    vectors(all.view)
    return Matrix(joining: parts)
  }

  package func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout DynamicState<Cell>,
    keeping rows: [Int], team: ThreadTeam, vectors: (MatrixView) -> Void
  ) -> [Float] {
    let batch = state.batchSize
    let all = Buffer(rows: inputs.count, columns: vectorSize)
    var results = [Float](repeating: 0, count: continuations.count)
    var kept = [DynamicState<Cell>.Text?](repeating: nil, count: inputs.count)
    for index in 0..<batch {
      let own = Array(stride(from: index, to: inputs.count, by: batch))
      var text = state.texts[index]
      var first = 0
      while first < own.count {
        prepare(&text, toRead: inputs[own[first]], team: team)
        let count = min(own.count - first, options.windowLength - text.words.count)
        let piece = Array(own[first..<first + count])
        let found = read(
          piece, of: inputs, continuations, rows, in: &text, team: team, vectors: all.view)
        for (index, value) in found.values { results[index] = value }
        for (row, text) in found.texts { kept[row] = text }
        first += count
      }
    }
    vectors(all.view)
    state = DynamicState(
      texts: rows.map { row in
        guard let text = kept[row] else {
          preconditionFailure("A window of \(inputs.count) rows has no row \(row).")
        }
        return text
      })
    return results
  }

  /// What came of reading some words of one text, between two steps.
  private struct Piece {
    let values: [(index: Int, value: Float)]
    let texts: [(row: Int, text: DynamicState<Cell>.Text)]
  }

  /// Reads words between two steps.
  ///
  /// - Parameters:
  ///   - piece: Their rows.
  ///   - vectors: Of all inputs; the rows of the piece are written.
  private func read(
    _ piece: [Int], of inputs: [Int], _ continuations: [Continuation], _ kept: [Int],
    in text: inout DynamicState<Cell>.Text, team: ThreadTeam, vectors: MatrixView
  ) -> Piece {
    let places = Dictionary(uniqueKeysWithValues: zip(piece, piece.indices))
    var own: [(index: Int, continuation: Continuation)] = []
    for (index, continuation) in continuations.enumerated() {
      guard let place = places[continuation.row] else { continue }
      own.append((index, Continuation(row: place, token: continuation.token)))
    }
    let wanted = kept.compactMap { places[$0] }
    let before = text
    let values = text.weights.model.logProbabilities(
      of: own.map(\.continuation), after: piece.map { inputs[$0] }, state: &text.now,
      keeping: wanted + [piece.count - 1], team: team
    ) { own in
      for (index, row) in piece.enumerated() {
        vectors.rows(from: row, count: 1).copy(from: own.rows(from: index, count: 1))
      }
    }
    let states = text.now
    text.now = states.rows([wanted.count])
    text.words += piece.map { inputs[$0] }
    let texts = wanted.enumerated().map { index, place in
      var text = before
      text.now = states.rows([index])
      text.words += piece[...place].map { inputs[$0] }
      return (row: piece[place], text: text)
    }
    return Piece(values: zip(own, values).map { ($0.index, $1) }, texts: texts)
  }

  /// Learns from the last window, if it is full, before the next word is read.
  private func prepare(
    _ text: inout DynamicState<Cell>.Text, toRead word: Int, team: ThreadTeam
  ) {
    guard text.words.count == options.windowLength else { return }
    text.weights = learner.learn(
      from: text.words, then: word, start: text.start, weights: text.weights, team: team)
    text.start = text.now
    text.words = []
  }
}
