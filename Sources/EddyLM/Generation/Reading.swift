import EddyNN

extension LanguageModel {
  /// Reads one text from the initial state after one end of sentence.
  ///
  /// - Returns: The state after it, of batch size 1, and the natural log-probabilities of the next
  ///   token, `[1, V]`.
  func read(_ tokens: [Int], team: ThreadTeam) -> (state: State, next: Matrix) {
    let inputs = [codec.vocabulary.endOfSentence] + tokens
    var state = initialState(batchSize: 1)
    let windowLength = 64
    for start in stride(from: 0, to: inputs.count - 1, by: windowLength) {
      let window = Array(inputs[start..<min(start + windowLength, inputs.count - 1)])
      _ = logProbabilities(
        of: [], after: window, state: &state, keeping: [window.count - 1], team: team)
    }
    let next = advance([inputs[inputs.count - 1]], state: &state, team: team)
    return (state, next)
  }
}
