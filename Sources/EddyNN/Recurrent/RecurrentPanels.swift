extension RecurrentLayer {
  /// The weights of a layer, packed for the kernels: derived, and packed again after each update.
  public struct Panels: ~Copyable, Sendable {
    /// `Wx` and `Wh`; the latter so that the panels of the same units of all gates are neighbours.
    package let input, recurrent: WeightPanels
    /// Whether there are panels for the backward pass.
    public let forTraining: Bool

    /// Packs the weights of `layer`. Complexity: O(G·H·(D + H))
    ///
    /// - Parameters:
    ///   - forTraining: Whether ``RecurrentLayer/backward(_:through:into:dxs:dState:panels:team:)``
    ///     will be called, which takes as much memory again.
    ///   - precision: That of the operands of all products.
    public init(
      _ layer: RecurrentLayer, forTraining: Bool, precision: Precision = .float32,
      team: ThreadTeam = .serial
    ) {
      let sums = layer.bias.columns
      self.forTraining = forTraining
      input = WeightPanels(
        rows: sums, columns: layer.inputSize, forTraining: forTraining, precision: precision)
      recurrent = WeightPanels(
        rows: sums, columns: layer.hiddenSize, groups: Cell.gateCount, forTraining: forTraining,
        precision: precision)
      let (inputWeights, recurrentWeights) = (
        layer.inputWeights.view, layer.recurrentWeights.view
      )
      team.run { member in
        input.pack(inputWeights, member: member)
        recurrent.pack(recurrentWeights, member: member)
      }
    }

    /// The number of bytes that the panels take.
    package var byteCount: Int { input.byteCount + recurrent.byteCount }
  }
}
