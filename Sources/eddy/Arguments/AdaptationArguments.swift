import ArgumentParser
import EddyLM

/// The rate of dynamic evaluation.
enum DynamicRate: ExpressibleByArgument, Equatable {
  case number(Float)
  /// The one that suits a text.
  case best

  init?(argument: String) {
    if argument == "best" {
      self = .best
    } else if let rate = Float(argument) {
      self = .number(rate)
    } else {
      return nil
    }
  }
}

/// How a model is changed by what it reads, for that text alone.
struct AdaptationArguments: ParsableArguments {
  @Option(
    help: """
      A continuous cache of so many words: words that came after histories like this one are more likely again. \
      2000 is usual. For recurrent networks.
      """)
  var cache: Int?

  @Option(help: "With --cache: how much more a word counts whose history was alike. Default: 0.3.")
  var cacheTheta: Double?

  @Option(help: "With --cache: the share of the probability that comes from it. Default: 0.1.")
  var cacheWeight: Double?

  @Option(
    help: """
      Dynamic evaluation: the weights learn on, at this rate, from what was read; 1e-4 is usual, and 'best' lets \
      'eddy mix' choose. The model's file stays as it is. For recurrent networks in the run folder of their training.
      """)
  var dynamic: DynamicRate?

  @Option(help: "With --dynamic: the share that is forgotten with each step. Default: 0.002.")
  var dynamicDecay: Float?

  @Option(help: "With --dynamic: the words between two steps. Default: 20.")
  var dynamicWindow: Int?

  func validate() throws {
    try require("--cache", cache, in: CacheOptions.sizes)
    try require("--cache-theta", cacheTheta, in: CacheOptions.thetas)
    try require("--cache-weight", cacheWeight, in: CacheOptions.weights)
    if case .number(let rate) = dynamic {
      try require("--dynamic", rate, in: DynamicOptions.rates)
    }
    try require("--dynamic-decay", dynamicDecay, in: DynamicOptions.decays)
    try require("--dynamic-window", dynamicWindow, in: DynamicOptions.windowLengths)
    guard cache != nil || cacheTheta == nil && cacheWeight == nil else {
      throw ValidationError("--cache-theta and --cache-weight need --cache.")
    }
    guard dynamic != nil || dynamicDecay == nil && dynamicWindow == nil else {
      throw ValidationError("--dynamic-decay and --dynamic-window need --dynamic.")
    }
  }

  /// Whether what counts in a cache is left open.
  var choosesCache: Bool { cache != nil && (cacheTheta == nil || cacheWeight == nil) }

  /// Whether the rate of dynamic evaluation is left open.
  var choosesRate: Bool { dynamic == .best }

  var adaptation: Adaptation {
    var adaptation = Adaptation.none
    if let cache {
      var options = CacheOptions(size: cache)
      if let cacheTheta { options.theta = cacheTheta }
      if let cacheWeight { options.weight = cacheWeight }
      adaptation.cache = options
    }
    if let dynamic {
      var options = DynamicOptions()
      if case .number(let rate) = dynamic { options.rate = rate }
      if let dynamicDecay { options.decay = dynamicDecay }
      if let dynamicWindow { options.windowLength = dynamicWindow }
      adaptation.dynamic = options
    }
    return adaptation
  }
}
