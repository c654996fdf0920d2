import EddyNN

/// What is dropped on the way through recurrent layers in training, each at a place of its own.
struct RecurrentDropouts: Sendable {
  /// Whole words.
  let words: WordDropout?
  /// Of the inputs of each layer; none if nothing is dropped.
  let inputs: [Dropout]
  /// Of the recurrent weights of each layer, the same for all steps of a window; none if nothing is dropped.
  ///
  /// Source: Merity, Keskar, Socher, «Regularizing and optimizing LSTM language models», ICLR 2018, section 2; Wan, Zeiler, Zhang,
  /// LeCun, Fergus, «Regularization of neural networks using DropConnect», ICML 2013.
  let weights: [Dropout]

  static let none = RecurrentDropouts(words: nil, inputs: [], weights: [])

  private init(words: WordDropout?, inputs: [Dropout], weights: [Dropout]) {
    self.words = words
    self.inputs = inputs
    self.weights = weights
  }

  init<Cell: RecurrentCell>(_ network: RecurrentNetwork<Cell>, options: TrainingOptions) {
    words = options.wordDropout
    inputs = network.layers.enumerated().compactMap { index, layer in
      options.dropout(place: index, columns: layer.inputSize)
    }
    weights = network.layers.enumerated().compactMap { index, layer in
      options.weightDropout(place: 1 << 14 | index, of: layer.recurrentWeights)
    }
  }

  var byteCount: Int { (inputs + weights).reduce(0) { $0 + $1.byteCount } }
}
