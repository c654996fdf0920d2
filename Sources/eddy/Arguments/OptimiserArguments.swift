import ArgumentParser
import EddyLM
import EddyNN

/// How gradients change the weights, and how they are computed.
struct OptimiserArguments: ParsableArguments {
  enum OptimiserName: String, ExpressibleByArgument, CaseIterable { case adamw, sgd }
  enum ScheduleName: String, ExpressibleByArgument, CaseIterable {
    case constant, cosine, step, plateau
    case oneCycle = "one-cycle"
  }

  @Option(help: "adamw (default) or sgd.")
  var optimiser: OptimiserName?

  @Option(
    help: """
      The full learning rate for a loss that is a mean over tokens. Default: chosen for model and size; 20 for sgd. \
      'eddy plan --find-rate' looks for one.
      """)
  var rate: Float?

  @Option(
    help: """
      constant, cosine, one-cycle (up for three tenths of the updates, then down), step, or plateau (a quarter when \
      validation gets no better). Default: one-cycle for recurrent networks and with --minutes, cosine for models that read \
      the last few words, plateau for sgd.
      """)
  var schedule: ScheduleName?

  @Option(help: "The updates in which the rate rises in a line to what the schedule says.")
  var warmUp: Int?

  @Option(
    help: "With --optimiser adamw: the weight decay, as a multiple of the rate. Default: 0.01.")
  var weightDecay: Float?

  @Option(
    help: "With --schedule step: what the rate is multiplied by after each epoch. Default: 0.5.")
  var stepFactor: Double?

  @Option(help: "With --schedule step: the first epoch after which that happens. Default: 4.")
  var stepAfter: Int?

  @Option(help: "The largest norm of the gradients; 0 for no limit. Default: 0.25; 1 for cbow.")
  var clip: Float?

  @Option(
    help: """
      Averages the weights from when a validation is worse than the best of those more than so many before it: \
      with sgd and a constant schedule, 5 is NT-ASGD.
      """)
  var averaging: Int?

  @Option(
    help: """
      What is done when the training diverges: stop (default), or halve (goes on from the best model at half \
      the learning rate).
      """)
  var onDivergence: DivergenceResponse?

  @Option(
    help: """
      float32 (default), or bfloat16: faster on processors that have it, a little less exact; the weights \
      are saved as float32 in any case.
      """, transform: precision(named:))
  var precision: Precision?

  @Option(
    help: """
      Leaves out most of the softmax gradient, right on average, which is faster; 0 for all of it. \
      Default: 0.002 for vocabularies of at least 4,000, 0 for smaller ones.
      """)
  var gradientThinning: Float?

  @Option(
    help: """
      With --model cbow: each word is told apart from this many words drawn by frequency, instead of from all words, \
      which is faster. Default: 0, for all.
      """)
  var negativeSamples: Int?

  private static func precision(named name: String) throws -> Precision {
    guard let precision = Precision(rawValue: name), precision.isForTraining else {
      throw ValidationError(
        "it must be float32 or bfloat16; int8 is for models that are trained, see 'eddy quantize'.")
    }
    return precision
  }

  func validate() throws {
    try requirePositive("--rate", rate)
    try requireNotNegative("--clip", clip)
    try requireNotNegative("--weight-decay", weightDecay)
    try require("--warm-up", warmUp, in: 0...LengthArguments.counts.upperBound)
    try require("--averaging", averaging, in: LengthArguments.counts)
    if let gradientThinning, !(gradientThinning >= 0 && gradientThinning <= 1) {
      throw ValidationError("--gradient-thinning must be 0 to 1, not \(gradientThinning).")
    }
    guard weightDecay == nil || optimiser != .sgd else {
      throw ValidationError("--weight-decay is for --optimiser adamw.")
    }
    try require("--negative-samples", negativeSamples, in: TrainingOptions.sampleCounts)
    if let stepFactor, !(stepFactor > 0 && stepFactor <= 1) {
      throw ValidationError("--step-factor must be more than 0 and at most 1, not \(stepFactor).")
    }
    try require("--step-after", stepAfter, in: LengthArguments.counts)
    for (name, isGiven) in [
      ("--step-factor", stepFactor != nil), ("--step-after", stepAfter != nil),
    ]
    where isGiven && schedule != .step {
      throw ValidationError("\(name) needs --schedule step.")
    }
    guard negativeSamples ?? 0 == 0 || gradientThinning ?? 0 == 0 else {
      throw ValidationError(
        "--negative-samples has no softmax gradient to leave out: no --gradient-thinning beside it."
      )
    }
  }

  func apply(to options: inout TrainingOptions) {
    switch optimiser {
    case .sgd:
      options.optimiser = .sgd
      options.learningRate = 20
      options.schedule = .plateau
    case .adamw where options.optimiser == .sgd:
      let others = TrainingOptions()
      options.optimiser = others.optimiser
      options.learningRate = others.learningRate
      options.schedule = others.schedule
    case .adamw, nil: break
    }
    if let weightDecay { options.optimiser = .adamW(weightDecay: weightDecay) }
    if let rate { options.learningRate = rate }
    if let warmUp { options.warmUp = warmUp }
    switch schedule {
    case .constant: options.schedule = .constant
    case .cosine: options.schedule = .cosine
    case .oneCycle: options.schedule = .oneCycle
    case .step: options.schedule = .step(factor: stepFactor ?? 0.5, after: stepAfter ?? 4)
    case .plateau: options.schedule = .plateau
    case nil: break
    }
    if let clip { options.clip = clip == 0 ? nil : clip }
    if let averaging { options.averagingPatience = averaging }
    if let onDivergence { options.onDivergence = onDivergence }
    if let precision { options.precision = precision }
    if let gradientThinning { options.gradientThinning = gradientThinning }
    if let negativeSamples { options.negativeSamples = negativeSamples }
    if options.negativeSamples > 0 { options.gradientThinning = 0 }
  }
}
