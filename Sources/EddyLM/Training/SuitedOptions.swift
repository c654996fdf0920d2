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
  ///   - hidden: The hidden units, if they are not to be chosen.
  ///   - epochs: How often the text is read, if that is not to be chosen.
  public static func suited(
    to model: ModelKind = .lstm, tokens: Int, vocabulary: Int, hidden: Int? = nil,
    epochs: Double? = nil
  ) -> TrainingOptions {
    var options = TrainingOptions()
    options.model = model
    // Characters need longer memories than words.
    options.windowLength = max(1, min(vocabulary <= 1000 ? 64 : 35, tokens - 1))
    // With fewer words the softmax layer is too small a part for thinning to save anything.
    options.gradientThinning = vocabulary < 4_000 ? 0 : 0.002
    let usual = usual(for: model, tokens: tokens)
    let (hidden, epochs) = (hidden ?? usual.hidden, epochs ?? Double(usual.epochs))
    options.epochs = max(1, Int(epochs.rounded(.up)))
    options.batchSize = usual.batch
    if model.hasContext {
      options.suitContext(hidden: hidden)
    } else {
      options.suitRecurrent(
        hidden: hidden, epochs: epochs, tokens: tokens, vocabulary: vocabulary)
    }
    return options.fitted(tokens: tokens)
  }

  /// What a text of so many tokens is learned with best in a time that one would wait.
  private static func usual(
    for model: ModelKind, tokens: Int
  ) -> (hidden: Int, epochs: Int, batch: Int) {
    let (hidden, epochs, batch) =
      switch tokens {
      case ..<30_000: (256, 10, 8)
      case ..<200_000: (300, 6, 16)
      case ..<2_000_000: (400, 6, 20)
      default: (400, 4, 32)
      }
    // Rare words need more before their vectors say anything (docs/results/word-vectors.md).
    return (hidden, model == .cbow ? 2 * epochs : epochs, batch)
  }

  private mutating func suitRecurrent(
    hidden: Int, epochs: Double, tokens: Int, vocabulary: Int
  ) {
    // Where there are many words, most of the work is their scores.
    let vectors = vocabulary >= 4000 ? max(64, hidden / 2) : hidden
    sizes = NetworkSizes(
      embedding: vectors, hidden: hidden, layers: 1, isTied: vocabulary >= 1000)
    batchSize = min(batchSize, 10)
    schedule = .oneCycle
    learningRate = hidden <= 300 ? 0.006 : 0.006 * 300 / Float(hidden)
    // What goes back through a plain RNN grows and shrinks more; see docs/results/perplexity.md.
    if model == .rnn { learningRate /= 4 }
    // More is learned by heart the more often a text is read, the fewer tokens it has for each word, and the larger the network is.
    let share =
      0.05 + 0.13 * PortableMath.log(max(epochs, 1))
      + 0.12 * PortableMath.log(100 * Double(vocabulary) / Double(max(tokens, 1)))
      + 0.2 * PortableMath.log(max(Double(hidden) / 400, 1))
    dropout = Float((100 * min(max(share, 0.1), 0.65)).rounded() / 100)
  }

  private mutating func suitContext(hidden: Int) {
    // What vectors are averaged to has their size; those that stand side by side are smaller.
    let vectors = model == .concat ? 100 : 200
    sizes = NetworkSizes(
      embedding: vectors, hidden: model.averagesContext ? vectors : hidden, layers: 1)
    sizes.context = 5
    patience = 3
    if model == .cbow { clip = 1 }
  }
}
