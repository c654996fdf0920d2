package import EddyNN

/// What one window writes on its way from word vectors to the inputs of the decoder, and back: made once for
/// windows of one size and overwritten by each.
///
/// Members of the team call the functions that take a member; the others are called between runs of it.
package protocol NetworkPass<Network>: AnyObject, Sendable {
  associatedtype Network: LanguageNetwork

  /// Takes a window, and where its gradients go.
  ///
  /// - Parameters:
  ///   - inputs: The tokens, `[T·B]`, row `t·B + b`.
  ///   - targets: The token after each, and after those as many rows as the network's lookahead.
  ///   - norm: Told of the rows of gradients as they are finished.
  ///   - update: The updates made before, for what is drawn at random.
  /// - Returns: The words whose vectors are read, `[N]`.
  func begin(
    inputs: [Int], targets: [Int], state: Network.State, gradients: inout Network,
    norm: GradientNorm, update: Int
  ) -> [Int]

  /// A member's part of the way to the decoder's inputs; ends with a barrier.
  func forward(_ network: Network, member: ThreadTeam.Member)

  /// The inputs of the decoder, `[T·B, H]`, and the same as a left-hand side.
  var top: MatrixView { get }
  var topOperand: Operand { get }

  /// A member's part of the way back; ends with a barrier.
  ///
  /// - Parameter dys: The gradient of ``top``.
  /// - Returns: The gradient of the word vectors, `[N, D]`.
  func backward(
    _ dys: MatrixView, network: Network, member: ThreadTeam.Member
  ) -> MatrixView

  /// Hands on the state after the window.
  func end(state: inout Network.State)

  /// A member's part of changing the weights between word vectors and decoder, and of packing them anew.
  ///
  /// - Parameters:
  ///   - views: All weights of the network.
  ///   - update: Changes a range of elements of one of them.
  func update(
    _ views: [MatrixView], member: ThreadTeam.Member,
    by update: (_ index: Int, _ elements: Range<Int>) -> Void
  )

  /// Bytes that grow with `T·B`, and bytes of packed weights.
  var activationBytes: Int { get }
  var panelBytes: Int { get }
}
