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

  /// Reads a window of each text and looks up its targets.
  ///
  /// - Parameters:
  ///   - targets: The token ids asked for, `[T·B]`, row `t·B + b`; one that is −1 is not asked for.
  ///   - inputs: The tokens read, `[T·B]`.
  ///   - state: Read, then replaced.
  /// - Returns: The natural log-probability of each target after its input, `[T·B]`; 0 where not asked.
  func logProbabilities(
    of targets: [Int], after inputs: [Int], state: inout State, team: ThreadTeam
  ) -> [Float]
}
