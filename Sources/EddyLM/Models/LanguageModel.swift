public import EddyNN

/// Anything that can say P(next token | history).
///
/// There are two doors. For the same history both give the same bits, whatever the batch, the window
/// and the number of threads: evaluation, scoring, ranking and generation are written once, on top of
/// this protocol.
public protocol LanguageModel: Sendable {
  /// What the model remembers of the texts that it is reading.
  associatedtype State: StreamState

  /// How text becomes tokens and back.
  var codec: TextCodec { get }

  /// The state before the first token, of `batchSize` texts.
  func initialState(batchSize: Int) -> State

  /// Reads one token of each text.
  ///
  /// - Parameters:
  ///   - tokens: One token id per text, `[B]`.
  ///   - state: Read, then replaced.
  /// - Returns: The natural log-probabilities of the next token, `[B, V]`.
  func advance(_ tokens: [Int], state: inout State, team: ThreadTeam) -> Matrix

  /// Reads a window of each text and looks up tokens that may come next.
  ///
  /// - Parameters:
  ///   - continuations: The tokens asked for, any number after each row; those of one row stand together
  ///     and cost one normaliser.
  ///   - inputs: The tokens read, `[T·B]`, row `t·B + b`.
  ///   - state: Read, then replaced by the states after `rows`.
  ///   - rows: Rows of `inputs`, in any order.
  /// - Returns: The natural log-probability of each continuation.
  func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout State,
    keeping rows: [Int], team: ThreadTeam
  ) -> [Float]
}

/// A token that may come after a row of a window.
public struct Continuation: Sendable, Equatable {
  /// The row, `t·B + b`.
  public let row: Int
  public let token: Int

  public init(row: Int, token: Int) {
    self.row = row
    self.token = token
  }
}

extension LanguageModel {
  /// Reads a window of each text and looks up the token that came after each row.
  ///
  /// - Parameters:
  ///   - targets: The tokens asked for, `[T·B]`, row `t·B + b`.
  ///   - inputs: The tokens read, `[T·B]`.
  ///   - state: Read, then replaced by the state after the window.
  /// - Returns: The natural log-probability of each target, `[T·B]`.
  /// - Precondition: there are as many targets as inputs.
  public func logProbabilities(
    of targets: [Int], after inputs: [Int], state: inout State, team: ThreadTeam
  ) -> [Float] {
    precondition(
      targets.count == inputs.count,
      "\(inputs.count) inputs need as many targets, found \(targets.count).")
    return logProbabilities(
      of: targets.enumerated().map { Continuation(row: $0, token: $1) }, after: inputs,
      state: &state, keeping: Array(inputs.indices.suffix(state.batchSize)), team: team)
  }
}
