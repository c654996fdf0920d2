public import EddyNN

/// A feed-forward network that predicts a word from a fixed number of words around it.
///
/// With `n` words read, `D` numbers in a word vector, `H` hidden units and `V` words,
///
/// ```
/// averaged      h = (e₁ + … + eₙ) / n                    [D]
/// concatenated  h = tanh([e₁ … eₙ]·Wᵀ + b)               [H]
/// P(word)       = softmax(h·Uᵀ + c)                      [V]
/// ```
///
/// No word further away can matter: the model is a Markov model of order `n`.
public struct ContextNetwork<Context: WordContext>: LanguageNetwork {
  /// The word vectors, `[V, D]`.
  public var embedding: Embedding
  /// `W` and `b` where vectors are concatenated, `[H, n·D]`; nothing where they are averaged.
  public var hidden: Linear?
  /// `U` and `c`.
  public var decoder: Linear
  /// `n`, or the words on each side.
  public let context: Int

  /// - Precondition: where vectors are averaged, there are as many hidden units as numbers in a vector.
  public init(vocabularySize: Int, sizes: NetworkSizes) {
    precondition(
      Context.isConcatenated || sizes.hidden == sizes.embedding,
      "Averaged vectors of \(sizes.embedding) are as many hidden units, found \(sizes.hidden).")
    embedding = Embedding(vocabularySize: vocabularySize, size: sizes.embedding)
    hidden =
      Context.isConcatenated
      ? Linear(inputSize: sizes.context * sizes.embedding, outputSize: sizes.hidden) : nil
    decoder = Linear(inputSize: sizes.hidden, outputSize: vocabularySize)
    context = sizes.context
  }

  public static var kind: ModelKind { Context.kind }

  public var sizes: NetworkSizes {
    NetworkSizes(
      embedding: embedding.size, hidden: decoder.inputSize, layers: 1, context: context)
  }

  /// The words that are read for each prediction.
  var wordCount: Int { Context.wordCount(sizes) }

  public var parameters: [NetworkParameter<Self>] {
    var list = [NetworkParameter<Self>("encoder.weight", \.embedding.weights, range: 0.1)]
    if let hidden {
      let range = 1 / Float(hidden.inputSize).squareRoot()
      list += [
        NetworkParameter("hidden.weight", \.hidden.required.weights, range: range),
        NetworkParameter("hidden.bias", \.hidden.required.bias, range: range),
      ]
    }
    return list + [
      NetworkParameter("decoder.weight", \.decoder.weights, range: 0.1),
      NetworkParameter("decoder.bias", \.decoder.bias, range: 0),
    ]
  }

  public static func shapes(vocabularySize: Int, sizes: NetworkSizes) -> [WeightShape] {
    var list = [WeightShape("encoder.weight", vocabularySize, sizes.embedding)]
    if Context.isConcatenated {
      list.append(WeightShape("hidden.weight", sizes.hidden, sizes.context * sizes.embedding))
      list.append(WeightShape("hidden.bias", 1, sizes.hidden))
    }
    list.append(WeightShape("decoder.weight", vocabularySize, sizes.hidden))
    list.append(WeightShape("decoder.bias", 1, vocabularySize))
    return list
  }

  public mutating func weightViews() -> WeightViews {
    var views = [embedding.weights.mutableView()]
    if let view = hidden?.weights.mutableView() { views.append(view) }
    if let view = hidden?.bias.mutableView() { views.append(view) }
    return WeightViews(
      all: views + [decoder.weights.mutableView(), decoder.bias.mutableView()])
  }

  public func initialState(batchSize: Int) -> ContextState {
    ContextState(batchSize: batchSize, context: context)
  }

  public static func lookahead(_ sizes: NetworkSizes) -> Int {
    Context.hasBothSides ? sizes.context : 0
  }

  public static var passes: NetworkPasses<Self> {
    NetworkPasses { ContextPass($0, options: $1, team: $2) }
  }

  public func languageModel(
    codec: TextCodec, precision: Precision, team: ThreadTeam
  ) throws(NoLanguageModel) -> any LanguageModel {
    guard !Context.hasBothSides else { throw NoLanguageModel(kind: Context.kind) }
    return ContextModel(codec: codec, network: self, precision: precision, team: team)
  }

  public func evaluate(
    _ text: some TokenSource, size: TextSize, codec: TextCodec, team: ThreadTeam
  ) throws -> Evaluation {
    guard let network = self as? ContextNetwork<SurroundingContext> else {
      return try evaluateAsLanguageModel(text, size: size, codec: codec, team: team)
    }
    return try GapFiller(codec: codec, network: network, team: team).evaluate(text, size: size)
  }
}
