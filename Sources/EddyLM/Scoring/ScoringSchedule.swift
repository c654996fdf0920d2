/// In which windows sentences are read so that each prefix is read once.
///
/// The sentences are a tree of tokens. A branch follows one sentence to its end; those that leave it on the
/// way are branches of their own, and wait for the state where they left. Of all that wait, the longest are
/// read side by side.
struct ScoringSchedule {
  /// What the model reads, and is asked, at once.
  struct Window {
    /// The numbers of the states to begin with, one for each text.
    fileprivate(set) var states: [Int] = []
    /// The tokens to read, `[T·B]`, row `t·B + b`.
    fileprivate(set) var inputs: [Int] = []
    /// The tokens asked for.
    fileprivate(set) var continuations: [Continuation] = []
    /// The places of the sentences that each continuation is the next token of.
    fileprivate(set) var places: [Range<Int>] = []
    /// The rows whose states are needed later, and the numbers that these get.
    fileprivate(set) var kept: [(row: Int, state: Int)] = []
    /// The numbers of states that are not needed after this window.
    fileprivate(set) var finished: [Int] = []
  }

  private let sentences: SortedSentences
  private let batchSize: Int
  private let windowLength: Int
  private let endOfSentence: Int
  private var waiting: [SentenceBranch]
  /// How many branches wait for each state.
  private var users: [Int: Int] = [0: 1]
  private var stateCount = 1

  /// - Parameter places: The sentences to read, at least one. State 0 is the one before the first token.
  init(
    _ places: Range<Int>, of sentences: SortedSentences, batchSize: Int, windowLength: Int,
    endOfSentence: Int
  ) {
    self.sentences = sentences
    self.batchSize = batchSize
    self.windowLength = windowLength
    self.endOfSentence = endOfSentence
    waiting = [SentenceBranch(places, of: sentences, depth: 0, state: 0)]
  }

  /// The next window; nil at the end.
  ///
  /// A window that could be wider ends as soon as the branches that leave it could fill one.
  mutating func next() -> Window? {
    guard !waiting.isEmpty else { return nil }
    waiting.sort { $0.rowsLeft > $1.rowsLeft }
    let (width, length) = largestWindow()
    var batch = Array(waiting.prefix(width))
    waiting.removeFirst(width)
    var window = Window()
    window.states = batch.map(\.state)
    for state in window.states { release(state, in: &window) }
    let others = waiting.count
    for _ in 0..<length {
      for index in batch.indices { read(&batch[index], in: &window) }
      if width < batchSize, waiting.count - others >= batchSize { break }
    }
    for (index, branch) in batch.enumerated() where branch.rowsLeft > 0 {
      var branch = branch
      branch.state = keep(window.inputs.count - width + index, in: &window)
      waiting.append(branch)
    }
    return window
  }

  /// The window without padding that holds most rows.
  private func largestWindow() -> (width: Int, length: Int) {
    var best = (width: 0, length: 0)
    for (index, branch) in waiting.prefix(batchSize).enumerated() {
      let window = (width: index + 1, length: min(branch.rowsLeft, windowLength))
      if window.width * window.length >= best.width * best.length { best = window }
    }
    return best
  }

  /// Adds a row to a window.
  private mutating func read(_ branch: inout SentenceBranch, in window: inout Window) {
    let row = window.inputs.count
    let depth = branch.depth
    window.inputs.append(
      depth == 0 ? endOfSentence : sentences.token(branch.leader, depth - 1))
    for part in branch.step(of: sentences) {
      window.continuations.append(
        Continuation(row: row, token: sentences.token(part.lowerBound, depth)))
      window.places.append(part)
      // The last token of a sentence is asked for and never read.
      if !part.contains(branch.leader), sentences.length(part.upperBound - 1) > depth + 1 {
        waiting.append(
          SentenceBranch(
            part, of: sentences, depth: depth + 1, state: keep(row, in: &window)))
      }
    }
  }

  /// The number of the state after a row, for one more branch.
  private mutating func keep(_ row: Int, in window: inout Window) -> Int {
    if window.kept.last?.row != row {
      window.kept.append((row, stateCount))
      stateCount += 1
    }
    users[stateCount - 1, default: 0] += 1
    return stateCount - 1
  }

  /// Tells that a branch waits no longer for a state.
  private mutating func release(_ state: Int, in window: inout Window) {
    users[state, default: 0] -= 1
    guard users[state] == 0 else { return }
    users[state] = nil
    window.finished.append(state)
  }
}
