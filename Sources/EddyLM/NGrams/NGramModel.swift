public import EddyNN

/// A backoff n-gram model: P(word | history) from the longest n-gram that ends the history.
///
/// If the table has the n-gram of history and word, its probability; otherwise the history's backoff
/// weight times the probability after the history without its first word.
///
/// Source: Katz, «Estimation of probabilities from sparse data for the language model component of a
/// speech recognizer», 1987, for the recursion; ``KneserNeyEstimator`` for the numbers.
public struct NGramModel: LanguageModel, Equatable {
  public let codec: TextCodec
  let table: NGramTable

  init(codec: TextCodec, table: NGramTable) {
    self.codec = codec
    self.table = table
  }

  /// Estimates a model of a text; see ``KneserNeyEstimator``.
  ///
  /// - Parameters:
  ///   - blockSize: The strings that are sorted at once; the result is the same for all.
  ///   - available: The bytes of memory that counts may take.
  package init(
    estimatedFrom tokens: some TokenSource, order: Int, codec: TextCodec, blockSize: Int,
    available: UInt64 = .max
  ) throws(TrainingError) {
    let estimator = try KneserNeyEstimator(
      tokens, order: order, vocabularySize: codec.vocabulary.count,
      endOfSentence: codec.vocabulary.endOfSentence, blockSize: blockSize, available: available)
    self.init(codec: codec, table: estimator.table)
  }

  /// Estimates a model of a text, which begins a sentence; see ``KneserNeyEstimator``.
  ///
  /// - Precondition: `order` is in ``KneserNeyRun/orders``, and every token in the vocabulary.
  /// - Throws: ``TrainingError/tooLarge(bytes:available:)``
  /// - Complexity: O(n log n) for n tokens
  public init(
    estimatedFrom tokens: some TokenSource, order: Int, codec: TextCodec
  ) throws(TrainingError) {
    try self.init(
      estimatedFrom: tokens, order: order, codec: codec,
      blockSize: KneserNeyEstimator.ordinaryBlockSize, available: AvailableMemory.bytes)
  }

  /// N: how many words the longest n-grams have.
  public var order: Int { table.order }

  /// How many n-grams there are of each length, from 1.
  public var counts: [Int] { table.levels.map(\.count) }

  public func initialState(batchSize: Int) -> NGramState {
    NGramState(batchSize: batchSize, order: order)
  }

  public func advance(_ tokens: [Int], state: inout NGramState, team: ThreadTeam) -> Matrix {
    check(tokens, batchSize: state.batchSize)
    for (row, token) in tokens.enumerated() { state.read(token, row: row, table: table) }
    let size = table.vocabularySize
    var elements = [Float](repeating: 0, count: tokens.count * size)
    var span = elements.mutableSpan
    for row in tokens.indices {
      var part = span._mutatingExtracting(row * size..<(row + 1) * size)
      table.logProbabilities(after: state, row: row, into: &part)
    }
    return Matrix(rows: tokens.count, columns: size, elements: elements)
  }

  public func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout NGramState,
    keeping rows: [Int], team: ThreadTeam
  ) -> [Float] {
    check(inputs, batchSize: state.batchSize)
    let batchSize = state.batchSize
    var results = [Float](repeating: 0, count: continuations.count)
    var kept = [NGramState?](repeating: nil, count: rows.count)
    let asked = Dictionary(grouping: continuations.indices) { continuations[$0].row }
    let keeping = Dictionary(grouping: rows.indices) { rows[$0] }
    for (row, input) in inputs.enumerated() {
      let text = row % batchSize
      state.read(input, row: text, table: table)
      for index in asked[row] ?? [] {
        results[index] = table.logProbability(
          of: continuations[index].token, after: state, row: text)
      }
      for index in keeping[row] ?? [] { kept[index] = state.rows([text]) }
    }
    state = kept.isEmpty ? state.rows([]) : NGramState(joining: kept.compactMap(\.self))
    return results
  }

  private func check(_ tokens: [Int], batchSize: Int) {
    precondition(
      batchSize >= 1 && tokens.count % batchSize == 0 && !tokens.isEmpty,
      "A window of \(batchSize) texts needs T·\(batchSize) tokens, found \(tokens.count).")
    precondition(
      tokens.allSatisfy { $0 >= 0 && $0 < table.vocabularySize },
      "Tokens must be in 0 ..< \(table.vocabularySize).")
  }
}
