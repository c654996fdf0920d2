public import EddyNN

/// The network of a recurrent language model: word vectors, recurrent layers, a linear layer to scores.
///
/// `V` words, `D` numbers in a word vector, `H` hidden units.
///
/// Source: Mikolov, Karafiát, Burget, Černocký, Khudanpur, «Recurrent neural network based language
/// model», Interspeech 2010; Zaremba, Sutskever, Vinyals, «Recurrent neural network regularization»,
/// 2014, for stacked LSTMs.
public struct RecurrentNetwork<Cell: RecurrentCell>: LanguageNetwork {
  /// The word vectors, `[V, D]`.
  public var embedding: Embedding
  /// The first reads `D` numbers, the others `H`.
  public var layers: [RecurrentLayer<Cell>]
  /// From `H` numbers to the `D` that the decoder reads, where it has the word vectors for its weights and they have another
  /// size.
  public var projection: Linear?
  /// The weights of the decoder, `[V, H]`; nil where they are the word vectors.
  private var decoderWeights: Matrix?
  private var decoderBias: Matrix

  /// To the scores of `V` words; its weights are the word vectors where the network is tied, and changing one changes
  /// the other.
  public var decoder: Linear {
    get { Linear(weights: decoderWeights ?? embedding.weights, bias: decoderBias) }
    set {
      if isTied { embedding.weights = newValue.weights } else { decoderWeights = newValue.weights }
      decoderBias = newValue.bias
    }
  }

  public var isTied: Bool { decoderWeights == nil }

  /// A network of zeros.
  public init(vocabularySize: Int, sizes: NetworkSizes) {
    embedding = Embedding(vocabularySize: vocabularySize, size: sizes.embedding)
    layers = (0..<sizes.layers).map { index in
      RecurrentLayer(
        inputSize: index == 0 ? sizes.embedding : sizes.hidden, hiddenSize: sizes.hidden)
    }
    projection =
      sizes.isProjected
      ? Linear(inputSize: sizes.hidden, outputSize: sizes.embedding) : nil
    decoderWeights = sizes.isTied ? nil : Matrix(rows: vocabularySize, columns: sizes.hidden)
    decoderBias = Matrix(rows: 1, columns: vocabularySize)
  }

  public static var kind: ModelKind {
    guard let kind = ModelKind(rawValue: Cell.name) else {
      preconditionFailure("There is no model of the name '\(Cell.name)'.")
    }
    return kind
  }

  public var parameters: [NetworkParameter<Self>] {
    let range = 1 / Float(sizes.hidden).squareRoot()
    var list = [NetworkParameter<Self>("encoder.weight", \.embedding.weights, range: 0.1)]
    for index in layers.indices {
      list += [
        NetworkParameter("rnn.weight_ih_l\(index)", \.layers[index].inputWeights, range: range),
        NetworkParameter(
          "rnn.weight_hh_l\(index)", \.layers[index].recurrentWeights, range: range),
        NetworkParameter("rnn.bias_ih_l\(index)", \.layers[index].bias, range: range),
      ]
      if Cell.separatesRecurrentSums {
        list.append(
          NetworkParameter("rnn.bias_hh_l\(index)", \.layers[index].recurrentBias, range: range))
      }
    }
    if projection != nil {
      list += [
        NetworkParameter("projection.weight", \.projection.required.weights, range: range),
        NetworkParameter("projection.bias", \.projection.required.bias, range: range),
      ]
    }
    if !isTied {
      list.append(NetworkParameter("decoder.weight", \.decoder.weights, range: 0.1))
    }
    return list + [NetworkParameter("decoder.bias", \.decoder.bias, range: 0)]
  }

  public static func shapes(vocabularySize: Int, sizes: NetworkSizes) -> [WeightShape] {
    let sums = Cell.gateCount * sizes.hidden
    var list = [WeightShape("encoder.weight", vocabularySize, sizes.embedding)]
    for index in 0..<sizes.layers {
      let inputs = index == 0 ? sizes.embedding : sizes.hidden
      list.append(WeightShape("rnn.weight_ih_l\(index)", sums, inputs))
      list.append(WeightShape("rnn.weight_hh_l\(index)", sums, sizes.hidden))
      list.append(WeightShape("rnn.bias_ih_l\(index)", 1, sums))
      if Cell.separatesRecurrentSums {
        list.append(WeightShape("rnn.bias_hh_l\(index)", 1, sums))
      }
    }
    if sizes.isProjected {
      list.append(WeightShape("projection.weight", sizes.embedding, sizes.hidden))
      list.append(WeightShape("projection.bias", 1, sizes.embedding))
    }
    if !sizes.isTied {
      list.append(WeightShape("decoder.weight", vocabularySize, sizes.hidden))
    }
    list.append(WeightShape("decoder.bias", 1, vocabularySize))
    return list
  }

  /// Where there is one bias, PyTorch has two, of which only the sum matters.
  public static func secondBiases(_ sizes: NetworkSizes) -> [NetworkParameter<Self>] {
    guard !Cell.separatesRecurrentSums else { return [] }
    return (0..<sizes.layers).map { index in
      NetworkParameter("rnn.bias_hh_l\(index)", \.layers[index].bias, range: 0)
    }
  }

  public mutating func weightViews() -> WeightViews {
    var views = [embedding.weights.mutableView()]
    for index in layers.indices {
      views.append(layers[index].inputWeights.mutableView())
      views.append(layers[index].recurrentWeights.mutableView())
      views.append(layers[index].bias.mutableView())
      if Cell.separatesRecurrentSums { views.append(layers[index].recurrentBias.mutableView()) }
    }
    if let view = projection?.weights.mutableView() { views.append(view) }
    if let view = projection?.bias.mutableView() { views.append(view) }
    if let view = decoderWeights?.mutableView() { views.append(view) }
    return WeightViews(all: views + [decoderBias.mutableView()])
  }

  /// The sizes that this network has.
  public var sizes: NetworkSizes {
    NetworkSizes(
      embedding: embedding.size, hidden: layers[0].hiddenSize, layers: layers.count,
      isTied: isTied)
  }

  /// Zeros: the state before the first token.
  public func initialState(batchSize: Int) -> RecurrentState<Cell> {
    RecurrentState(layers: layers.map { $0.initialState(batchSize: batchSize) })
  }

  public static var passes: NetworkPasses<Self> {
    NetworkPasses { RecurrentPass($0, options: $1, team: $2) }
  }

  public func languageModel(
    codec: TextCodec, precision: Precision, team: ThreadTeam
  ) -> any LanguageModel {
    RecurrentModel(codec: codec, network: self, precision: precision, team: team)
  }
}
