public import EddyNN

/// The network of a recurrent language model: word vectors, recurrent layers, a linear layer to scores.
///
/// `V` words, `D` numbers in a word vector, `H` hidden units.
///
/// Source: Mikolov, Karafiát, Burget, Černocký, Khudanpur, «Recurrent neural network based language
/// model», Interspeech 2010; Zaremba, Sutskever, Vinyals, «Recurrent neural network regularization»,
/// 2014, for stacked LSTMs.
public struct RecurrentNetwork<Cell: RecurrentCell>: Sendable, Equatable {
  /// The word vectors, `[V, D]`.
  public var embedding: Embedding
  /// The first reads `D` numbers, the others `H`.
  public var layers: [RecurrentLayer<Cell>]
  /// From `H` numbers to the scores of `V` words.
  public var decoder: Linear

  /// The gradient of each weight has the shape of the weight.
  public typealias Gradients = Self

  /// A network of zeros.
  public init(vocabularySize: Int, sizes: NetworkSizes) {
    embedding = Embedding(vocabularySize: vocabularySize, size: sizes.embedding)
    layers = (0..<sizes.layers).map { index in
      RecurrentLayer(
        inputSize: index == 0 ? sizes.embedding : sizes.hidden, hiddenSize: sizes.hidden)
    }
    decoder = Linear(inputSize: sizes.hidden, outputSize: vocabularySize)
  }

  /// A network of random weights.
  ///
  /// - Parameters:
  ///   - range: Every weight is uniform in `-range ..< range`. Without it, embedding and decoder take
  ///     0.1, the recurrent layers `1/√H`, and the decoder's bias is zero.
  ///   - seed: Equal seeds give equal weights.
  public init(vocabularySize: Int, sizes: NetworkSizes, range: Float?, seed: UInt64) {
    self.init(vocabularySize: vocabularySize, sizes: sizes)
    let philox = Philox(seed: seed)
    let recurrentRange = range ?? 1 / Float(sizes.hidden).squareRoot()
    for (index, parameter) in parameters.enumerated() {
      let bound =
        switch parameter.role {
        case .embedding, .decoder: range ?? 0.1
        case .decoderBias: range ?? 0
        case .recurrent: recurrentRange
        }
      philox.fillUniform(
        &self[keyPath: parameter.path], bound: bound, purpose: .initialWeights,
        stream: UInt32(index))
    }
  }

  /// One array of weights: where it is, and what it is called in files.
  public struct Parameter: Sendable {
    enum Role { case embedding, recurrent, decoder, decoderBias }

    /// PyTorch's name, such as `rnn.weight_hh_l0`.
    public let name: String
    /// Where it is in a network, or in its gradients.
    public let path: any WritableKeyPath<RecurrentNetwork, Matrix> & Sendable
    let role: Role

    /// Whether it is a vector in files.
    var isVector: Bool { RecurrentNetwork.isVector(name) }
  }

  static func isVector(_ name: String) -> Bool { name.contains("bias") }

  /// All arrays of weights, in a fixed order.
  public var parameters: [Parameter] {
    var list = [
      Parameter(name: "encoder.weight", path: \.embedding.weights, role: .embedding)
    ]
    for index in layers.indices {
      list += [
        Parameter(
          name: "rnn.weight_ih_l\(index)", path: \.layers[index].inputWeights, role: .recurrent),
        Parameter(
          name: "rnn.weight_hh_l\(index)", path: \.layers[index].recurrentWeights,
          role: .recurrent),
        Parameter(name: "rnn.bias_ih_l\(index)", path: \.layers[index].bias, role: .recurrent),
      ]
      if Cell.separatesRecurrentSums {
        list.append(
          Parameter(
            name: "rnn.bias_hh_l\(index)", path: \.layers[index].recurrentBias, role: .recurrent))
      }
    }
    return list + [
      Parameter(name: "decoder.weight", path: \.decoder.weights, role: .decoder),
      Parameter(name: "decoder.bias", path: \.decoder.bias, role: .decoderBias),
    ]
  }

  /// The name and shape of each of ``parameters``, without making a network.
  static func shapes(
    vocabularySize: Int, sizes: NetworkSizes
  ) -> [(name: String, rows: Int, columns: Int)] {
    let sums = Cell.gateCount * sizes.hidden
    var list = [("encoder.weight", vocabularySize, sizes.embedding)]
    for index in 0..<sizes.layers {
      let inputs = index == 0 ? sizes.embedding : sizes.hidden
      list.append(("rnn.weight_ih_l\(index)", sums, inputs))
      list.append(("rnn.weight_hh_l\(index)", sums, sizes.hidden))
      list.append(("rnn.bias_ih_l\(index)", 1, sums))
      if Cell.separatesRecurrentSums { list.append(("rnn.bias_hh_l\(index)", 1, sums)) }
    }
    list.append(("decoder.weight", vocabularySize, sizes.hidden))
    list.append(("decoder.bias", 1, vocabularySize))
    return list
  }

  /// Views of all weights, to be overwritten, in the order of ``parameters``. Nothing is copied unless
  /// the network shares its storage: that is why it goes through no key path.
  package mutating func mutableViews() -> [MatrixView] {
    var views = [embedding.weights.mutableView()]
    for index in layers.indices {
      views.append(layers[index].inputWeights.mutableView())
      views.append(layers[index].recurrentWeights.mutableView())
      views.append(layers[index].bias.mutableView())
      if Cell.separatesRecurrentSums { views.append(layers[index].recurrentBias.mutableView()) }
    }
    return views + [decoder.weights.mutableView(), decoder.bias.mutableView()]
  }

  /// The number of weights.
  public var parameterCount: Int {
    parameters.reduce(0) { $0 + self[keyPath: $1.path].count }
  }

  /// `V`.
  public var vocabularySize: Int { embedding.vocabularySize }

  /// The sizes that this network has.
  public var sizes: NetworkSizes {
    NetworkSizes(
      embedding: embedding.size, hidden: decoder.inputSize, layers: layers.count)
  }

  /// Zeros: the state before the first token.
  public func initialState(batchSize: Int) -> RecurrentState<Cell> {
    RecurrentState(layers: layers.map { $0.initialState(batchSize: batchSize) })
  }
}

/// The sizes of a recurrent network that do not depend on the vocabulary.
public struct NetworkSizes: Sendable, Equatable {
  /// `D`, the numbers in a word vector.
  public var embedding: Int
  /// `H`, the hidden units of each layer.
  public var hidden: Int
  /// The number of recurrent layers.
  public var layers: Int

  /// The sizes that a file may name. Weights are packed into panels of 32 columns: this bounds how much
  /// larger than their file a layer of a single unit can make them.
  package static let layerSizes = 1...1 << 16
  /// The layers that a file may name: a checkpoint has up to 13 tensors for each, and a header is read up
  /// to 10,000.
  package static let layerCounts = 1...500

  /// - Precondition: every size is at least 1.
  public init(embedding: Int, hidden: Int, layers: Int) {
    precondition(
      embedding >= 1 && hidden >= 1 && layers >= 1,
      "A network needs sizes of at least 1, found D = \(embedding), H = \(hidden), "
        + "\(layers) layers.")
    self.embedding = embedding
    self.hidden = hidden
    self.layers = layers
  }
}
