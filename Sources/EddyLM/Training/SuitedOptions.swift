import EddyNN

extension TrainingOptions {
  /// Options that suit a text of this size, for whoever gives none.
  ///
  /// Small texts get small networks and many epochs; the measurements are in `docs/results/defaults.md`
  /// and `docs/results/thinning.md`.
  ///
  /// - Parameters:
  ///   - model: Any network.
  ///   - tokens: The tokens to learn from.
  ///   - vocabulary: The words to choose from.
  public static func suited(
    to model: ModelKind = .lstm, tokens: Int, vocabulary: Int
  ) -> TrainingOptions {
    var options = TrainingOptions()
    options.model = model
    let (hidden, epochs, batch) =
      switch tokens {
      case ..<30_000: (256, 10, 8)
      case ..<200_000: (300, 6, 16)
      case ..<2_000_000: (400, 6, 20)
      default: (400, 4, 32)
      }
    options.sizes = NetworkSizes(embedding: min(hidden, 256), hidden: hidden, layers: 1)
    if model.hasContext {
      options.sizes.context = 5
      // What vectors are averaged to has their size; those that stand side by side are smaller.
      options.sizes.embedding = model == .concat ? 100 : 200
      if model.averagesContext { options.sizes.hidden = options.sizes.embedding }
    }
    options.epochs = epochs
    if model == .cbow {
      // Rare words need more before their vectors say anything (docs/results/word-vectors.md).
      options.epochs *= 2
      options.clip = 1
    }
    options.patience = 3
    // Characters need longer memories than words.
    options.windowLength = max(1, min(vocabulary <= 1000 ? 64 : 35, tokens - 1))
    options.batchSize = batch
    // With fewer words the softmax layer is too small a part for thinning to save anything.
    options.gradientThinning = vocabulary < 4_000 ? 0 : 0.002
    return options.fitted(tokens: tokens)
  }
}
