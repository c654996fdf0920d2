import EddyFiles
public import EddyNN

/// Everything that decides what training does to the weights, besides the text.
public struct TrainingOptions: Sendable, Equatable {
  /// The network: any kind but n-grams.
  public var model: ModelKind = .lstm
  public var sizes = NetworkSizes(embedding: 200, hidden: 200, layers: 1)
  /// `B`, the streams that are read side by side.
  public var batchSize = 20
  /// `T`, the steps after which back-propagation is cut.
  public var windowLength = 35
  /// Whether windows differ in length, so that the text is not cut at the same places in each epoch; see ``Windows``.
  public var hasRandomWindows = false
  /// How often the text is read.
  public var epochs = 6
  /// Ends training earlier, if given.
  public var maximumUpdates: Int?
  /// How many updates there are in all, where that was decided anew on the way.
  public var pace = Pace()
  /// Validates every so many updates; without, after each epoch.
  public var validateEvery: Int?
  public var optimiser = Optimiser.adamW()
  /// The full learning rate; the loss is a mean over tokens.
  public var learningRate: Float = 0.003
  public var schedule = Schedule.cosine
  /// The updates in which the rate rises, in a line, to what the schedule says.
  ///
  /// Source: Goyal et al., «Accurate, large minibatch SGD: training ImageNet in 1 hour», 2017, section 2.2.
  public var warmUp = 0
  /// The largest norm of the gradients; no limit without.
  public var clip: Float? = 0.25
  /// Stops after so many validations in a row without a better one; never without.
  public var patience: Int?
  /// What is done when the training diverges.
  public var onDivergence = DivergenceResponse.stop
  /// All weights start uniform in ± this; without, each layer has its own rule.
  public var initialRange: Float?
  /// The share of the numbers that are dropped on their way into each recurrent layer and into the decoder.
  public var dropout: Float = 0
  /// Whether the same units are dropped at all steps of a window (Gal & Ghahramani 2016), not others at each
  /// (Zaremba et al. 2014).
  public var hasVariationalDropout = false
  /// The share of the words that are left out of a window; see ``WordDropout``.
  public var embeddingDropout: Float = 0
  /// The share of the recurrent weights that are dropped in a window; for recurrent networks.
  public var recurrentDropout: Float = 0
  /// The share of the target's probability that is given to all words alike in the gradient: a network that is never quite
  /// sure. Losses and perplexities are without it.
  public var labelSmoothing: Float = 0
  /// Averages the weights from when a validation was worse than the best of those more than so many before it; never without.
  /// With SGD and a constant rate, that is NT-ASGD.
  ///
  /// Source: Merity, Keskar, Socher, «Regularizing and optimizing LSTM language models», ICLR 2018, algorithm 1.
  public var averagingPatience: Int?
  /// How the operands of matrix products are kept.
  public var precision = Precision.float32
  /// `ε`: a block of the softmax gradient whose largest element is `m` is kept with probability
  /// `min(1, m/ε)`, so that the backward pass of a large vocabulary shrinks; 0 keeps all.
  public var gradientThinning: Float = 0
  /// `K`: each word is told apart from this many words of noise; 0 for the softmax over all. For `cbow`.
  public var negativeSamples = 0
  /// Equal seeds give equal models.
  public var seed: UInt64 = 0

  public init() {}

  /// The options with a batch that is no larger than a text of so many tokens has windows for.
  public func fitted(tokens: Int) -> TrainingOptions {
    var options = self
    options.batchSize = max(1, min(batchSize, (tokens - 1) / longestWindow))
    return options
  }

  /// Refuses what a checkpoint could not be read back with, a text that is too short for one window, and
  /// sizes that this machine has no memory for.
  ///
  /// - Throws: ``TrainingError/option(_:needed:)``,
  ///   ``TrainingError/tooFewTokens(found:needed:batchSize:windowLength:)``,
  ///   ``TrainingError/tooLarge(bytes:available:)``
  package func check(tokens: Int, vocabulary: Int) throws(TrainingError) {
    do { _ = try TrainingOptions(JSONRecord(json, name: "options")) } catch {
      throw .option(error.field, needed: error.needed)
    }
    let needed = windowRows + 1
    guard tokens >= needed else {
      throw .tooFewTokens(
        found: tokens, needed: needed, batchSize: batchSize, windowLength: windowLength)
    }
    let bytes = leastMemory(vocabulary: vocabulary)
    let available = AvailableMemory.bytes
    guard bytes <= Double(available) else {
      throw .tooLarge(bytes: bytes, available: available)
    }
  }

  /// The numbers that are drawn for each word: more are a mistake.
  package static let sampleCounts = 0...1000

  /// The bytes of weights, panels, gradients, moments, and the scores of a window. In floating point, which
  /// does not overflow.
  private func leastMemory(vocabulary: Int) -> Double {
    let weights = network.shapes(vocabularySize: vocabulary, sizes: sizes)
      .reduce(0) { $0 + $1.count }
    let copies: Double = optimiser == .sgd ? 3 : 5
    let scores = negativeSamples > 0 ? negativeSamples : vocabulary
    return 4 * (copies * weights + Double(batchSize) * Double(longestWindow) * Double(scores))
  }
}

/// What is done when a loss, a gradient or a validation is not finite.
public enum DivergenceResponse: String, Sendable, Equatable, CaseIterable {
  /// The training ends with an error.
  case stop
  /// The training goes on from the best model, or from the start if there is none, at half the learning
  /// rate, with an optimiser and streams that remember nothing; at most ``halvingLimit`` times.
  case halve

  /// How often the rate is halved before a training is given up.
  public static let halvingLimit = 10
}

extension TrainingOptions {
  /// The most steps of a window, and the rows that it has then.
  var longestWindow: Int {
    hasRandomWindows ? Windows.longest(around: windowLength) : windowLength
  }
  var windowRows: Int { batchSize * longestWindow }

  /// The tokens that an update mostly learns from.
  public var tokensPerUpdate: Int { batchSize * windowLength }

  /// How many updates the validation on so many tokens takes the time of, as far as is known before there was one: one text alone
  /// is read about as slowly as many are learned from side by side.
  func updatesPerValidation(tokens: Int) -> Double { Double(tokens) / Double(tokensPerUpdate) }

  /// What is dropped of a window's numbers at one place of a network; nil if nothing is.
  func dropout(place: Int, columns: Int) -> Dropout? {
    guard dropout > 0 else { return nil }
    return Dropout(
      rate: dropout, isVariational: hasVariationalDropout, seed: seed, place: place,
      rows: windowRows, columns: columns, precision: precision)
  }

  /// What is dropped of the recurrent weights of a layer in each window; nil if nothing is.
  func weightDropout(place: Int, of weights: Matrix) -> Dropout? {
    guard recurrentDropout > 0 else { return nil }
    return Dropout(
      rate: recurrentDropout, isVariational: false, seed: seed, place: place,
      rows: weights.rows, columns: weights.columns, precision: .float32)
  }

  /// Which words are left out of each window; nil if none is.
  var wordDropout: WordDropout? {
    embeddingDropout > 0 ? WordDropout(rate: embeddingDropout, seed: seed) : nil
  }

  /// What is trained.
  ///
  /// - Precondition: ``model`` is a network.
  var network: any LanguageNetwork.Type {
    guard let network = model.network else {
      preconditionFailure("A network is trained, not a model of the kind \(model).")
    }
    return network
  }

  /// The sizes for a person.
  var sizesInWords: String {
    let vectors = "word vectors of \(sizes.embedding)"
    return switch model {
    case .rnn, .lstm, .gru:
      "\(sizes.layers) × \(sizes.hidden) hidden units, \(sizes.isTied ? "tied " : "")\(vectors)"
    case .window: "the last \(sizes.context) words, \(vectors)"
    case .concat: "the last \(sizes.context) words, \(sizes.hidden) hidden units, \(vectors)"
    case .cbow: "\(sizes.context) words on each side, \(vectors)"
    case .kneserNey: ""
    }
  }
}
