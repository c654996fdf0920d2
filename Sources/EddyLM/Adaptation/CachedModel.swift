import CEddyKernels
package import EddyNN

/// A language model with a continuous cache: words that came after histories like this one are more likely again.
///
/// `P(w) = (1 − λ)·P_model(w) + λ·P_cache(w)`, and `P_cache(w) ∝ Σ exp(θ·h·hᵢ)` over those of the last words that are `w`, where
/// `hᵢ` is the model's vector before each of them, and `h` the one now. Nothing is trained.
///
/// A text of which nothing was read has no cache: all probability is the model's.
///
/// Source: Grave, Joulin, Usunier, «Improving neural language models with a continuous cache», ICLR 2017, equations 2 to 4.
package struct CachedModel<Base: VectorModel>: LanguageModel {
  package let base: Base
  package let options: CacheOptions

  package init(_ base: Base, options: CacheOptions) {
    self.base = base
    self.options = options
  }

  package var codec: TextCodec { base.codec }

  package func initialState(batchSize: Int) -> CacheState<Base.State> {
    CacheState(
      base: base.initialState(batchSize: batchSize),
      histories: Array(repeating: CacheHistory(), count: batchSize))
  }

  package func advance(
    _ tokens: [Int], state: inout CacheState<Base.State>, team: ThreadTeam
  ) -> Matrix {
    var shares: [RowShares] = []
    var histories = state.histories
    let result = base.advance(tokens, state: &state.base, team: team) { vectors in
      for (row, token) in tokens.enumerated() {
        shares += read(
          [token], vectors: vectors.rows(from: row, count: 1), into: &histories[row], team: team)
      }
    }
    state.histories = histories
    var elements = result.elements
    let words = codec.vocabulary.count
    for (row, shares) in shares.enumerated() {
      let masses = shares.masses(words: words, theta: options.theta)
      for word in 0..<words {
        let index = row * words + word
        elements[index] = mixed(elements[index], mass: masses?[word])
      }
    }
    return Matrix(rows: tokens.count, columns: words, elements: elements)
  }

  package func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout CacheState<Base.State>,
    keeping rows: [Int], team: ThreadTeam
  ) -> [Float] {
    parts(
      of: continuations, after: inputs, thetas: [options.theta], state: &state, keeping: rows,
      team: team
    ).map { mixed($0.logProbability, mass: $0.masses?[0]) }
  }

  /// What the model and the cache say about a token.
  struct Parts {
    /// The model's natural log-probability.
    let logProbability: Float
    /// The cache's probability with each `θ`; nil if it is empty.
    let masses: [Double]?
  }

  /// What the model and the cache say, apart; see
  /// ``LanguageModel/logProbabilities(of:after:state:keeping:team:)``.
  func parts(
    of continuations: [Continuation], after inputs: [Int], thetas: [Double],
    state: inout CacheState<Base.State>, keeping rows: [Int], team: ThreadTeam
  ) -> [Parts] {
    let batch = state.batchSize
    var shares = [RowShares?](repeating: nil, count: inputs.count)
    let before = state.histories
    var kept = [CacheHistory?](repeating: nil, count: inputs.count)
    let wanted = Set(rows)
    let values = base.logProbabilities(
      of: continuations, after: inputs, state: &state.base, keeping: rows, team: team
    ) { vectors in
      for text in 0..<batch {
        let own = Array(stride(from: text, to: inputs.count, by: batch))
        var history = before[text]
        let ownVectors = Buffer(rows: own.count, columns: vectors.columns)
        for (index, row) in own.enumerated() {
          ownVectors.view.rows(from: index, count: 1).copy(from: vectors.rows(from: row, count: 1))
        }
        let found = read(
          own.map { inputs[$0] }, vectors: ownVectors.view, into: &history, team: team,
          after: { index, history in
            if wanted.contains(own[index]) { kept[own[index]] = history }
          })
        for (index, row) in own.enumerated() { shares[row] = found[index] }
      }
    }
    state.histories = rows.map { row in
      guard let history = kept[row] else {
        preconditionFailure("A window of \(inputs.count) rows has no row \(row).")
      }
      return history
    }
    return zip(continuations, values).map { continuation, value in
      Parts(
        logProbability: value,
        masses: shares[continuation.row]?.masses(of: continuation.token, thetas: thetas))
    }
  }

  /// `log((1 − λ)·P + λ·mass)`.
  func mixed(_ logProbability: Float, mass: Double?) -> Float {
    guard let mass else { return logProbability }
    let model = (1 - options.weight) * PortableMath.exp(Double(logProbability))
    return Float(PortableMath.log(model + options.weight * mass))
  }

  /// Reads words of one text, and finds what the cache says after each.
  ///
  /// - Parameters:
  ///   - vectors: The model's vector after each, `[N, vectorSize]`.
  ///   - after: Told the history after each.
  /// - Complexity: O(N·(size + N)·vectorSize)
  private func read(
    _ words: [Int], vectors: MatrixView, into history: inout CacheHistory, team: ThreadTeam,
    after: (Int, CacheHistory) -> Void = { _, _ in }
  ) -> [RowShares] {
    // All that is looked back at, by any of the words.
    let first = max(0, history.words.count - options.size)
    var (all, keys) = (
      Array(history.words[first...]),
      Array(history.vectors[(first * base.vectorSize)...])
    )
    let old = all.count
    let begins = history.latest.isEmpty
    for (index, word) in words.enumerated() {
      if !history.latest.isEmpty {
        all.append(word)
        keys += history.latest
      }
      unsafe history.read(
        word,
        vector: UnsafeBufferPointer(start: vectors[row: index], count: vectors.columns),
        size: options.size)
      after(index, history)
    }
    guard !all.isEmpty else { return words.map { _ in RowShares(words: [], products: []) } }
    let products = Buffer(rows: words.count, columns: all.count)
    let packed = PackedMatrix(depth: base.vectorSize, columns: all.count)
    let keyMatrix = Buffer(
      Matrix(rows: all.count, columns: base.vectorSize, elements: keys))
    let (results, source) = (products.view, keyMatrix.view)
    let operand = Operand(vectors)
    team.run { member in
      packed.pack(source, transposed: true, member: member)
      member.barrier()
      member.multiply(operand, packed, into: results)
    }
    return words.indices.map { index in
      let end = old + index + (begins ? 0 : 1)
      let range = max(0, end - options.size)..<end
      let found = unsafe Array(
        UnsafeBufferPointer(start: results[row: index] + range.lowerBound, count: range.count))
      return RowShares(words: Array(all[range]), products: found)
    }
  }
}

/// The words that a cache looks back at, and how alike their histories are to the one now.
struct RowShares {
  let words: [Int]
  /// `h·hᵢ`
  let products: [Float]

  /// The cache's probability of a word with each `θ`; nil if the cache is empty.
  func masses(of word: Int, thetas: [Double]) -> [Double]? {
    guard !words.isEmpty else { return nil }
    let places = words.indices.filter { words[$0] == word }
    return thetas.map { theta in
      guard !places.isEmpty else { return 0 }
      let scores = Scores(products, theta: theta)
      return places.reduce(0) { $0 + scores.share($1) }
    }
  }

  /// Those of all words; nil if the cache is empty.
  func masses(words count: Int, theta: Double) -> [Double]? {
    guard !words.isEmpty else { return nil }
    let scores = Scores(products, theta: theta)
    var sums = [Double](repeating: 0, count: count)
    for (index, word) in words.enumerated() { sums[word] += scores.share(index) }
    return sums
  }

  private struct Scores {
    private let values: [Float]
    /// log Σ exp of the scores.
    private let normaliser: Double

    init(_ products: [Float], theta: Double) {
      let values = products.map { Float(theta) * $0 }
      var (largest, sum): (Float, Double) = (0, 1)
      unsafe values.withUnsafeBufferPointer { values in
        guard let base = values.baseAddress else { return }
        unsafe Kernels.best.table.pointee.log_sum(base, values.count, &largest, &sum)
      }
      self.values = values
      normaliser = Double(largest) + PortableMath.log(sum)
    }

    func share(_ index: Int) -> Double {
      PortableMath.exp(Double(values[index]) - normaliser)
    }
  }
}
