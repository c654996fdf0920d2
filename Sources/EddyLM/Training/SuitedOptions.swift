import EddyNN

extension TrainingOptions {
  /// Options that suit a text of this size, for whoever gives none.
  ///
  /// Small texts get small networks and many epochs; the measurements are in `docs/results/defaults.md`
  /// and `docs/results/thinning.md`.
  ///
  /// - Parameters:
  ///   - tokens: The tokens to learn from.
  ///   - vocabulary: The words to choose from.
  public static func suited(tokens: Int, vocabulary: Int) -> TrainingOptions {
    var options = TrainingOptions()
    let (hidden, epochs, batch) =
      switch tokens {
      case ..<30_000: (256, 10, 8)
      case ..<200_000: (300, 6, 16)
      case ..<2_000_000: (400, 6, 20)
      default: (400, 4, 32)
      }
    options.sizes = NetworkSizes(embedding: min(hidden, 256), hidden: hidden, layers: 1)
    options.epochs = epochs
    options.patience = 3
    // Characters need longer memories than words.
    options.windowLength = max(1, min(vocabulary <= 1000 ? 64 : 35, tokens - 1))
    options.batchSize = batch
    // With fewer words the softmax layer is too small a part for thinning to save anything.
    options.gradientThinning = vocabulary < 4_000 ? 0 : 0.002
    return options.fitted(tokens: tokens)
  }
}
