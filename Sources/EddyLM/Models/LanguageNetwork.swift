public import EddyFiles
public import EddyNN

/// A network that a ``Trainer`` can train: word vectors, something that reads them, and a linear layer to the
/// scores of all words.
public protocol LanguageNetwork: Sendable, Equatable {
  /// What it hands from one token to the next.
  associatedtype State: NetworkState

  /// Its name in options and files.
  static var kind: ModelKind { get }

  /// A network of zeros.
  init(vocabularySize: Int, sizes: NetworkSizes)

  /// The word vectors, `[V, D]`.
  var embedding: Embedding { get set }
  /// To the scores of `V` words.
  var decoder: Linear { get set }
  /// Whether the decoder's weights are the word vectors, which then are no parameter of their own.
  var isTied: Bool { get }
  /// The sizes that this network has.
  var sizes: NetworkSizes { get }

  /// All arrays of weights, in a fixed order: that of the word vectors first, those of ``decoder`` last, the bias after
  /// the weights.
  var parameters: [NetworkParameter<Self>] { get }

  /// The name and shape of each of ``parameters``, without making a network.
  static func shapes(vocabularySize: Int, sizes: NetworkSizes) -> [WeightShape]

  /// Tensors that files have for PyTorch's sake: biases that are added to those of the network.
  static func secondBiases(_ sizes: NetworkSizes) -> [NetworkParameter<Self>]

  /// Views of all weights, to be overwritten, in the order of ``parameters``. Nothing is copied unless
  /// the network shares its storage: that is why it goes through no key path.
  mutating func weightViews() -> WeightViews

  /// The state before the first token.
  func initialState(batchSize: Int) -> State

  /// How many words after the predicted one are read: none in a language model.
  static func lookahead(_ sizes: NetworkSizes) -> Int

  /// How windows go through it while it is trained.
  static var passes: NetworkPasses<Self> { get }

  /// The model that reads and predicts.
  ///
  /// - Throws: ``NoLanguageModel`` if it cannot say P(next | history).
  func languageModel(
    codec: TextCodec, precision: Precision, team: ThreadTeam
  ) throws(NoLanguageModel) -> any LanguageModel

  /// How well it predicts a text, every token once.
  func evaluate(
    _ text: some TokenSource, size: TextSize, codec: TextCodec, team: ThreadTeam
  ) throws -> Evaluation
}

/// What a network remembers of each of `B` streams of text, as it stands in checkpoints.
public protocol NetworkState: StreamState {
  /// The tensors that hold it, checked against a file.
  ///
  /// - Throws: `FileError` if one is missing or has another shape.
  static func checkTensors(
    of file: Safetensors, sizes: NetworkSizes, batchSize: Int
  ) throws(FileError) -> [String]
  func add(to writer: inout SafetensorsWriter)
  /// Replaces it by what ``add(to:)`` wrote, which was checked.
  mutating func read(from file: Safetensors) throws
}

/// One array of weights: where it is, and what it is called in files.
public struct NetworkParameter<Network>: Sendable {
  /// PyTorch's name where there is one, such as `rnn.weight_hh_l0`.
  public let name: String
  /// Where it is in a network, or in its gradients.
  public let path: any WritableKeyPath<Network, Matrix> & Sendable
  /// Weights begin uniform in ± this.
  let range: Float

  init(
    _ name: String, _ path: any WritableKeyPath<Network, Matrix> & Sendable, range: Float
  ) {
    self.name = name
    self.path = path
    self.range = range
  }

  /// Whether it is a vector in files.
  var isVector: Bool { WeightShape.isVector(name) }
}

/// The name and shape of an array of weights.
public struct WeightShape: Sendable, Equatable {
  public let name: String
  public let rows, columns: Int

  init(_ name: String, _ rows: Int, _ columns: Int) {
    self.name = name
    self.rows = rows
    self.columns = columns
  }

  static func isVector(_ name: String) -> Bool { name.contains("bias") }

  var isVector: Bool { Self.isVector(name) }
  var count: Double { Double(rows) * Double(columns) }
}

/// Views of all weights of a network.
public struct WeightViews {
  package let all: [MatrixView]
}

/// How windows go through a network while it is trained.
public struct NetworkPasses<Network: LanguageNetwork>: Sendable {
  package let make:
    @Sendable (_ network: Network, _ options: TrainingOptions, _ team: ThreadTeam)
      -> any NetworkPass<Network>
}

/// A network was asked for the probability of a text and has none.
public struct NoLanguageModel: Error, Equatable, CustomStringConvertible {
  public let kind: ModelKind
  public var description: String {
    "A \(kind.rawValue) model reads the words on both sides of a gap and has no probability of a sentence; "
      + "'eddy fill' and 'eddy vectors' ask what it knows."
  }
}

extension LanguageNetwork {
  /// A network of random weights.
  ///
  /// - Parameters:
  ///   - range: Every weight is uniform in `-range ..< range`. Without it, embedding and decoder take
  ///     0.1, layers between them 1/√(their inputs), recurrent ones 1/√H, and the decoder's bias is zero.
  ///   - seed: Equal seeds give equal weights.
  public init(vocabularySize: Int, sizes: NetworkSizes, range: Float?, seed: UInt64) {
    self.init(vocabularySize: vocabularySize, sizes: sizes)
    let philox = Philox(seed: seed)
    for (index, parameter) in parameters.enumerated() {
      philox.fillUniform(
        &self[keyPath: parameter.path], bound: range ?? parameter.range,
        purpose: .initialWeights, stream: UInt32(index))
    }
  }

  /// The network that a training of these options begins with.
  public init(vocabulary: Vocabulary, options: TrainingOptions) {
    self.init(
      vocabularySize: vocabulary.count, sizes: options.sizes, range: options.initialRange,
      seed: options.seed)
    guard options.negativeSamples > 0 else { return }
    decoder.bias = NoiseDistribution(counts: vocabulary.counts)
      .logExpectedCounts(samples: options.negativeSamples)
  }

  public static func secondBiases(_ sizes: NetworkSizes) -> [NetworkParameter<Self>] { [] }
  public static func lookahead(_ sizes: NetworkSizes) -> Int { 0 }
  public var isTied: Bool { false }

  public func evaluate(
    _ text: some TokenSource, size: TextSize, codec: TextCodec, team: ThreadTeam
  ) throws -> Evaluation {
    try evaluateAsLanguageModel(text, size: size, codec: codec, team: team)
  }

  /// How well its language model predicts a text.
  func evaluateAsLanguageModel(
    _ text: some TokenSource, size: TextSize, codec: TextCodec, team: ThreadTeam
  ) throws -> Evaluation {
    func evaluate(_ model: some LanguageModel) throws -> Evaluation {
      try Evaluator(model, team: team).evaluate(text, size: size)
    }
    return try evaluate(languageModel(codec: codec, precision: .float32, team: team))
  }

  /// The number of weights.
  public var parameterCount: Int {
    parameters.reduce(0) { $0 + self[keyPath: $1.path].count }
  }

  /// `V`.
  public var vocabularySize: Int { embedding.vocabularySize }

  /// The network as a model of this precision reads it: panels, and operands in bfloat16, round by themselves; word
  /// vectors are looked up.
  func withVectors(in precision: Precision) -> Self {
    guard precision == .int8 else { return self }
    var rounded = self
    rounded.embedding.weights = QuantisedMatrix(embedding.weights).matrix
    return rounded
  }

  package mutating func mutableViews() -> [MatrixView] { weightViews().all }
}
