package import EddyNN

/// A language model that predicts from a vector, and shows it: the two doors of ``LanguageModel``, with the vector of each row.
package protocol VectorModel: LanguageModel {
  /// The numbers of a vector.
  var vectorSize: Int { get }

  /// - Parameter vectors: Given `[B, vectorSize]`.
  func advance(
    _ tokens: [Int], state: inout State, team: ThreadTeam, vectors: (MatrixView) -> Void
  ) -> Matrix

  /// - Parameter vectors: Given `[T·B, vectorSize]`.
  func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout State,
    keeping rows: [Int], team: ThreadTeam, vectors: (MatrixView) -> Void
  ) -> [Float]
}

extension VectorModel {
  package func advance(_ tokens: [Int], state: inout State, team: ThreadTeam) -> Matrix {
    advance(tokens, state: &state, team: team, vectors: { _ in })
  }

  package func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout State,
    keeping rows: [Int], team: ThreadTeam
  ) -> [Float] {
    logProbabilities(
      of: continuations, after: inputs, state: &state, keeping: rows, team: team,
      vectors: { _ in })
  }
}
