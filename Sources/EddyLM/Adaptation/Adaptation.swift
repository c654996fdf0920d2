import EddyFiles
import EddyNN
import SystemPackage

/// How a model is changed by what it reads, for the text that it reads alone.
public struct Adaptation: Sendable, Equatable {
  /// Words that came before come again.
  public var cache: CacheOptions?
  /// The weights learn on.
  public var dynamic: DynamicOptions?

  public init(cache: CacheOptions? = nil, dynamic: DynamicOptions? = nil) {
    self.cache = cache
    self.dynamic = dynamic
  }

  /// Not at all.
  public static let none = Adaptation()

  /// The model of a network that adapts so.
  ///
  /// - Parameters:
  ///   - path: Where the network was read from: weights that learn on need the text beside it.
  /// - Throws: ``AdaptationError``, and `FileError` if that text cannot be read.
  func model(
    of network: any LanguageNetwork, codec: TextCodec, precision: Precision, path: FilePath,
    team: ThreadTeam
  ) throws -> any LanguageModel {
    switch network {
    case _ where self == .none:
      try network.languageModel(codec: codec, precision: precision, team: team)
    case let network as RecurrentNetwork<RNNCell>:
      try model(network, codec: codec, precision: precision, path: path, team: team)
    case let network as RecurrentNetwork<LSTMCell>:
      try model(network, codec: codec, precision: precision, path: path, team: team)
    case let network as RecurrentNetwork<GRUCell>:
      try model(network, codec: codec, precision: precision, path: path, team: team)
    default: throw AdaptationError.kind(path.string)
    }
  }

  private func model<Cell: RecurrentCell>(
    _ network: RecurrentNetwork<Cell>, codec: TextCodec, precision: Precision, path: FilePath,
    team: ThreadTeam
  ) throws -> any LanguageModel {
    let model = RecurrentModel(codec: codec, network: network, precision: precision, team: team)
    guard let dynamic else { return cached(model) }
    guard precision == .float32 else { throw AdaptationError.precision(path.string) }
    let text = path.removingLastComponent().appending(TrainingTexts.fileNames[0])
    guard RunFolder.exists(text) else { throw AdaptationError.noText(path.string) }
    let tokens = try TokenFile(path: text)
    guard tokens.vocabularySize == codec.vocabulary.count, tokens.count > dynamic.windowLength
    else { throw AdaptationError.noText(path.string) }
    let sizes = GradientSizes(
      network, tokens: Corpus(tokens: tokens), windowLength: dynamic.windowLength, team: team)
    return cached(DynamicModel(model, sizes: sizes, options: dynamic))
  }

  private func cached(_ model: some VectorModel) -> any LanguageModel {
    guard let cache else { return model }
    return CachedModel(model, options: cache)
  }
}

/// Why a model cannot adapt to what it reads.
public enum AdaptationError: Error, Equatable, CustomStringConvertible {
  case kind(String)
  case precision(String)
  case noText(String)
  case mixture(String)

  public var description: String {
    switch self {
    case .kind(let path):
      "\(path) is no recurrent network: only those have a cache or learn from what they read."
    case .precision(let path):
      "\(path) learns from what it reads in float32 alone: --precision float32."
    case .noText(let path):
      "\(path) needs the text that it was trained on to learn from what it reads: tokens.train of its run folder, in the "
        + "same folder."
    case .mixture(let path):
      "\(path) is a mixture, whose file says how its models adapt: 'eddy mix' writes that."
    }
  }
}

extension Adaptation {
  /// What a file says.
  init(_ record: JSONRecord) throws(JSONFieldError) {
    if record.value("cache") != nil {
      let cache = try record.record("cache")
      self.cache = CacheOptions(
        size: try cache.integer("size", in: CacheOptions.sizes),
        theta: try cache.number("theta", in: CacheOptions.thetas),
        weight: try cache.number("weight", in: CacheOptions.weights))
    }
    if record.value("dynamic") != nil {
      let dynamic = try record.record("dynamic")
      func float(_ field: String, in range: ClosedRange<Float>) throws(JSONFieldError) -> Float {
        Float(try dynamic.number(field, in: Double(range.lowerBound)...Double(range.upperBound)))
      }
      self.dynamic = DynamicOptions(
        rate: try float("rate", in: DynamicOptions.rates),
        decay: try float("decay", in: DynamicOptions.decays),
        windowLength: try dynamic.integer("window_length", in: DynamicOptions.windowLengths))
    }
  }

  /// What stands in a file.
  var members: [String: JSON] {
    var members: [String: JSON] = [:]
    if let cache {
      members["cache"] = .object([
        "size": .integer(Int64(cache.size)), "theta": .number(cache.theta),
        "weight": .number(cache.weight),
      ])
    }
    if let dynamic {
      members["dynamic"] = .object([
        "rate": .float(dynamic.rate), "decay": .float(dynamic.decay),
        "window_length": .integer(Int64(dynamic.windowLength)),
      ])
    }
    return members
  }
}
