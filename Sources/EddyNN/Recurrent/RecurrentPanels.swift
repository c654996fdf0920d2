extension RecurrentLayer {
  /// The weights of a layer, packed for the kernels: derived, and packed again after each update.
  public struct Panels: ~Copyable, Sendable {
    /// `Wxᵀ` `[D, G·H]` and `Whᵀ` `[H, G·H]`, for the forward pass.
    package let input, recurrent: PackedMatrix
    /// `Wx` `[G·H, D]` and `Wh` `[G·H, H]`, for the backward pass; empty where there is none.
    package let inputBackward, recurrentBackward: PackedMatrix
    /// Whether there are panels for the backward pass.
    public let forTraining: Bool

    /// Packs the weights of `layer`. Complexity: O(G·H·(D + H))
    ///
    /// - Parameter forTraining: Whether ``RecurrentLayer/backward(_:through:into:dxs:dState:panels:team:)``
    ///   will be called, which takes as much memory again.
    public init(_ layer: RecurrentLayer, forTraining: Bool, team: ThreadTeam = .serial) {
      let sums = layer.bias.columns
      let depth = forTraining ? sums : 0
      self.forTraining = forTraining
      input = PackedMatrix(depth: layer.inputSize, columns: sums)
      recurrent = PackedMatrix(depth: layer.hiddenSize, columns: sums)
      inputBackward = PackedMatrix(depth: depth, columns: layer.inputSize)
      recurrentBackward = PackedMatrix(depth: depth, columns: layer.hiddenSize)
      team.run { pack(layer.inputWeights.view, layer.recurrentWeights.view, member: $0) }
    }

    /// This member's part of packing; a barrier must follow.
    package func pack(
      _ inputWeights: MatrixView, _ recurrentWeights: MatrixView, member: ThreadTeam.Member
    ) {
      input.pack(inputWeights, transposed: true, member: member)
      recurrent.pack(recurrentWeights, transposed: true, member: member)
      if forTraining {
        inputBackward.pack(inputWeights, member: member)
        recurrentBackward.pack(recurrentWeights, member: member)
      }
    }

    /// The number of bytes that the panels take.
    package var byteCount: Int {
      input.byteCount + recurrent.byteCount + inputBackward.byteCount + recurrentBackward.byteCount
    }
  }
}
