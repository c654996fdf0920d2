import CEddyKernels

/// A table of word vectors: `V` words, `D` numbers each.
public struct Embedding: Sendable, Equatable {
  /// One row per word, `[V, D]`.
  public var weights: Matrix

  /// `V`.
  public var vocabularySize: Int { weights.rows }
  /// `D`.
  public var size: Int { weights.columns }

  /// A table of zeros.
  public init(vocabularySize: Int, size: Int) {
    precondition(
      vocabularySize >= 1 && size >= 1,
      "An embedding needs sizes of at least 1, found V = \(vocabularySize), D = \(size).")
    weights = Matrix(rows: vocabularySize, columns: size)
  }

  /// Looks up the rows of `tokens`.
  ///
  /// - Parameters:
  ///   - tokens: `N` ids in `0 ..< V`.
  ///   - ys: Replaced by the vectors, `[N, D]`.
  /// - Complexity: O(N·D)
  public func run(_ tokens: [Int], into ys: inout Buffer, team: ThreadTeam = .serial) {
    check(tokens, ys.view)
    let ys = ys.view
    team.run { forward(tokens, into: ys, member: $0) }
  }

  /// Adds up the gradients of the rows that were looked up, in the order of `tokens`.
  ///
  /// - Parameters:
  ///   - dys: The gradient of the vectors, `[N, D]`.
  ///   - gradients: Replaced; zeros for words that were not looked up.
  /// - Complexity: O((V + N)·D)
  public func backward(
    _ dys: borrowing Buffer, tokens: [Int], into gradients: inout Embedding,
    team: ThreadTeam = .serial
  ) {
    check(tokens, dys.view)
    precondition(
      gradients.vocabularySize == vocabularySize && gradients.size == size,
      "The gradients of an embedding [\(vocabularySize), \(size)] have its shape, "
        + "found [\(gradients.vocabularySize), \(gradients.size)].")
    let (dys, view) = (dys.view, gradients.weights.mutableView())
    view.fill(0)
    team.run { Self.backward(dys, tokens: tokens, into: view, member: $0) }
  }

  private func check(_ tokens: [Int], _ ys: MatrixView) {
    precondition(
      ys.rows == tokens.count && ys.columns == size,
      "The embedding of \(tokens.count) tokens is [\(tokens.count), \(size)], "
        + "found [\(ys.rows), \(ys.columns)].")
    if let token = tokens.first(where: { $0 < 0 || $0 >= vocabularySize }) {
      preconditionFailure("The embedding has words 0 ..< \(vocabularySize), found \(token).")
    }
  }

  /// A member's part of the look-up; a barrier must follow.
  package func forward(_ tokens: [Int], into ys: MatrixView, member: ThreadTeam.Member) {
    let weights = weights.view
    for row in member.share(of: tokens.count) {
      ys.rows(from: row, count: 1).copy(from: weights.rows(from: tokens[row], count: 1))
    }
  }

  /// A member's part of adding to the gradient: its columns of every row, so that sums keep their order. A
  /// barrier must follow.
  package static func backward(
    _ dys: MatrixView, tokens: [Int], into gradients: MatrixView, member: ThreadTeam.Member
  ) {
    let columns = member.share(of: gradients.columns, grain: 16)
    for (row, token) in tokens.enumerated() {
      unsafe Kernels.best.table.pointee.add(
        gradients[row: token] + columns.lowerBound, dys[row: row] + columns.lowerBound,
        columns.count)
    }
  }
}
