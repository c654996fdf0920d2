import ArgumentParser
import EddyLM
import EddyNN
import SystemPackage

/// How text is cut into tokens, and which of them are words of the vocabulary.
struct TextArguments: ParsableArguments {
  @Option(
    help: """
      word: words and punctuation apart. whitespace: as the text comes (PTB, WikiText). \
      character, byte. bpe: frequent strings of bytes, learned from the text.
      """)
  var tokenizer = Tokenizer.Kind.word

  @Flag(help: "Lower-case the text.")
  var lowercase = false

  @Flag(help: "With --tokenizer character: what a reader sees as one character is one token.")
  var graphemes = false

  @Option(
    help: "With --tokenizer bpe: takes the byte pairs of this tokenizer.json, and learns none.")
  var tokenizerFile: String?

  @Option(
    help: "The most words in the vocabulary, the most frequent first; 8192 tokens for bpe without.")
  var vocabulary: Int?

  @Option(help: "How often a word must occur to be in the vocabulary.")
  var minimumCount = 1

  func validate() throws {
    if let vocabulary, vocabulary < 2 {
      throw ValidationError("--vocabulary must be 2 or more, not \(vocabulary).")
    }
    guard minimumCount >= 1 else {
      throw ValidationError("--minimum-count must be 1 or more, not \(minimumCount).")
    }
    if let vocabulary, tokenizer == .bpe, vocabulary < 256 {
      throw ValidationError("--vocabulary must be 256 or more for bpe, not \(vocabulary).")
    }
    guard tokenizerFile == nil || tokenizer == .bpe else {
      throw ValidationError("--tokenizer-file needs --tokenizer bpe.")
    }
    guard tokenizerFile == nil || vocabulary == nil && minimumCount == 1 && !lowercase else {
      throw ValidationError(
        "--tokenizer-file says everything: no --vocabulary, --minimum-count or --lowercase beside it."
      )
    }
    guard !graphemes || tokenizer == .character else {
      throw ValidationError("--graphemes needs --tokenizer character.")
    }
  }

  /// Where words come from.
  func source() throws -> VocabularySource {
    if let tokenizerFile { return .model(try TokenizerFile.read(FilePath(tokenizerFile))) }
    return .text(
      TextOptions(
        tokenizer: Tokenizer(kind: tokenizer, lowercase: lowercase, graphemes: graphemes),
        vocabularyLimit: vocabulary, minimumCount: minimumCount))
  }
}

/// What is trained and how; what is not given is chosen for the text (`eddy plan --json` shows it).
struct TrainingArguments: ParsableArguments {
  @Option(
    help: """
      rnn, lstm or gru: recurrent networks. window, concat: networks that read the last few words, averaged \
      or side by side. cbow: the words on both sides, for word vectors. kneser-ney: counts of n-grams.
      """)
  var model = ModelKind.lstm

  @Option(
    help: "With --model kneser-ney: how many words the longest n-grams have, 2 to 5; 5 without.")
  var order: Int?

  @Option(
    help: "With --model window, concat or cbow: how many words are read (on each side); 5 without.")
  var context: Int?

  @Option(help: "Hidden units of each layer; chosen for the text without.")
  var hidden: Int?

  @Option(help: "Numbers in a word vector; as many as hidden units without.")
  var embedding: Int?

  @Flag(
    help: """
      Recurrent networks: the word vectors are the weights of the last layer, too. Where they have another size than \
      the hidden units, given or chosen for the text, a projection lies between.
      """)
  var tied = false

  @Option(help: "Recurrent layers; 1 without.")
  var layers: Int?

  @Option(help: "Streams of text that are read side by side; chosen for the text without.")
  var batch: Int?

  @Option(help: "Time steps after which back-propagation is cut; 35 without, 64 for characters.")
  var window: Int?

  @Option(help: "How often the text is read; chosen for the text without.")
  var epochs: Int?

  @Option(help: "Ends after so many updates.")
  var updates: Int?

  @Option(help: "Validates every so many updates; after each epoch without.")
  var validateEvery: Int?

  @Option(help: "adamw or sgd.")
  var optimiser: OptimiserName = .adamw

  @Option(
    help: "The full learning rate for a loss that is a mean over tokens; 0.003 without, 20 for sgd."
  )
  var rate: Float?

  @Option(
    help:
      """
      constant, cosine (without; plateau for sgd), one-cycle (up for three tenths of the updates, then down), \
      step, or plateau: a quarter when validation gets no better.
      """
  )
  var schedule: ScheduleName?

  @Option(help: "The updates in which the rate rises in a line to what the schedule says.")
  var warmUp = 0

  @Option(
    help: "With --optimiser adamw: the weight decay, as a multiple of the rate; 0.01 without.")
  var weightDecay: Float?

  @Option(help: "With --schedule step: what the rate is multiplied by after each epoch.")
  var stepFactor = 0.5

  @Option(help: "With --schedule step: the first epoch after which that happens.")
  var stepAfter = 4

  @Option(help: "The largest norm of the gradients; 0 for no limit, 0.25 without.")
  var clip: Float?

  @Option(
    help: "Stops after so many validations in a row without a better one; 0 for never, 3 without.")
  var patience: Int?

  @Option(
    help: """
      What is done when the training diverges: stop, or halve (goes on from the best model at half \
      the learning rate).
      """)
  var onDivergence = DivergenceResponse.stop

  @Option(help: "All weights start uniform in ± this.")
  var initialRange: Float?

  @Option(
    help: """
      float32 (without), or bfloat16: faster on processors that have it, a little less exact; the weights \
      are saved as float32 in any case.
      """, transform: precision(named:))
  var precision = Precision.float32

  @Option(
    help: """
      Leaves out most of the softmax gradient, right on average, which is faster; 0 for all of it. \
      Without, 0.002 for vocabularies of at least 4,000, 0 for smaller ones.
      """)
  var gradientThinning: Float?

  @Option(
    help: """
      The share of the numbers between layers that are set to zero at random while training, 0 to less than 1; \
      0 without. Models of small texts get better with it, and take longer.
      """)
  var dropout: Float = 0

  @Flag(help: "With --dropout: the same numbers at all steps of a window.")
  var variational = false

  @Option(
    help: """
      With --model cbow: each word is told apart from this many words drawn by frequency, instead of from all words, \
      which is faster; 0 for all, and without.
      """)
  var negativeSamples: Int?

  @Option(help: "The same text, options and seed give the same model, byte for byte.")
  var seed: UInt64 = 0

  private static func precision(named name: String) throws -> Precision {
    guard let precision = Precision(rawValue: name), precision.isForTraining else {
      throw ValidationError(
        "it must be float32 or bfloat16; int8 is for models that are trained, see 'eddy quantize'.")
    }
    return precision
  }

  enum OptimiserName: String, ExpressibleByArgument, CaseIterable { case adamw, sgd }
  enum ScheduleName: String, ExpressibleByArgument, CaseIterable {
    case constant, cosine, step, plateau
    case oneCycle = "one-cycle"
  }

  func validate() throws {
    let counts = 1...1_000_000_000
    let sizes: [(String, Int?, ClosedRange<Int>)] = [
      ("--hidden", hidden, NetworkSizes.layerSizes),
      ("--embedding", embedding, NetworkSizes.layerSizes),
      ("--layers", layers, NetworkSizes.layerCounts),
      ("--context", context, NetworkSizes.contexts), ("--order", order, KneserNeyRun.orders),
      ("--batch", batch, counts), ("--window", window, counts), ("--epochs", epochs, counts),
      ("--updates", updates, counts), ("--validate-every", validateEvery, counts),
    ]
    for case (let name, let value?, let range) in sizes where !range.contains(value) {
      throw ValidationError(
        "\(name) must be \(range.lowerBound) to \(range.upperBound), not \(value).")
    }
    try checkKind()
    if let rate, !(rate > 0 && rate.isFinite) {
      throw ValidationError("--rate must be more than 0, not \(rate).")
    }
    if let clip, !(clip >= 0 && clip.isFinite) {
      throw ValidationError("--clip must be 0 or more, not \(clip).")
    }
    if let patience, patience < 0 {
      throw ValidationError("--patience must be 0 or more, not \(patience).")
    }
    if let initialRange, !(initialRange > 0 && initialRange.isFinite) {
      throw ValidationError("--initial-range must be more than 0, not \(initialRange).")
    }
    if let gradientThinning, !(gradientThinning >= 0 && gradientThinning <= 1) {
      throw ValidationError("--gradient-thinning must be 0 to 1, not \(gradientThinning).")
    }
    guard (0...1_000_000_000).contains(warmUp) else {
      throw ValidationError("--warm-up must be 0 to 1000000000, not \(warmUp).")
    }
    if let weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
      throw ValidationError("--weight-decay must be 0 or more, not \(weightDecay).")
    }
    guard weightDecay == nil || optimiser == .adamw else {
      throw ValidationError("--weight-decay is for --optimiser adamw.")
    }
    guard dropout >= 0, dropout < 1 else {
      throw ValidationError("--dropout must be 0 or more and less than 1, not \(dropout).")
    }
    guard !variational || dropout > 0 else {
      throw ValidationError("--variational needs --dropout.")
    }
    if let negativeSamples, !TrainingOptions.sampleCounts.contains(negativeSamples) {
      throw ValidationError(
        "--negative-samples must be 0 to \(TrainingOptions.sampleCounts.upperBound), "
          + "not \(negativeSamples).")
    }
    guard stepFactor > 0, stepFactor <= 1 else {
      throw ValidationError("--step-factor must be more than 0 and at most 1, not \(stepFactor).")
    }
    guard stepAfter >= 1 else {
      throw ValidationError("--step-after must be 1 or more, not \(stepAfter).")
    }
  }

  /// Refuses options that the model does not have.
  private func checkKind() throws {
    func refuse(_ options: [(String, Bool)]) throws {
      for case (let name, true) in options {
        throw ValidationError("\(name) is not for --model \(model.rawValue).")
      }
    }
    try refuse([
      ("--order", order != nil && model != .kneserNey),
      ("--context", context != nil && !model.hasContext),
      ("--layers", layers != nil && model.hasContext),
      ("--tied", tied && (model.hasContext || model == .kneserNey)),
      ("--hidden", hidden != nil && model.averagesContext),
      ("--negative-samples", negativeSamples != nil && model != .cbow),
    ])
    guard negativeSamples ?? 0 == 0 || gradientThinning ?? 0 == 0 else {
      throw ValidationError(
        "--negative-samples has no softmax gradient to leave out: no --gradient-thinning beside it."
      )
    }
    guard model == .kneserNey else { return }
    try refuse([
      ("--hidden", hidden != nil), ("--embedding", embedding != nil), ("--layers", layers != nil),
      ("--batch", batch != nil), ("--window", window != nil), ("--epochs", epochs != nil),
      ("--updates", updates != nil), ("--validate-every", validateEvery != nil),
      ("--rate", rate != nil), ("--schedule", schedule != nil), ("--clip", clip != nil),
      ("--patience", patience != nil), ("--initial-range", initialRange != nil),
      ("--gradient-thinning", gradientThinning != nil), ("--dropout", dropout != 0),
      ("--warm-up", warmUp != 0), ("--weight-decay", weightDecay != nil),
    ])
  }

  /// The options, those that were not given chosen for the text.
  func options(tokens: Int, vocabulary: Int) -> TrainingOptions {
    var options = TrainingOptions.suited(to: model, tokens: tokens, vocabulary: vocabulary)
    if let hidden {
      options.sizes.hidden = hidden
      options.sizes.embedding = hidden
    }
    if let embedding {
      options.sizes.embedding = embedding
      if model.averagesContext { options.sizes.hidden = embedding }
    }
    if let layers { options.sizes.layers = layers }
    options.sizes.isTied = tied
    if let context { options.sizes.context = context }
    if let batch { options.batchSize = batch }
    if let window { options.windowLength = window }
    if let epochs { options.epochs = epochs }
    options.maximumUpdates = updates
    options.validateEvery = validateEvery
    if optimiser == .sgd {
      options.optimiser = .sgd
      options.learningRate = 20
      options.schedule = .plateau
    }
    if let weightDecay { options.optimiser = .adamW(weightDecay: weightDecay) }
    if let rate { options.learningRate = rate }
    options.warmUp = warmUp
    switch schedule {
    case .constant: options.schedule = .constant
    case .cosine: options.schedule = .cosine
    case .oneCycle: options.schedule = .oneCycle
    case .step: options.schedule = .step(factor: stepFactor, after: stepAfter)
    case .plateau: options.schedule = .plateau
    case nil: break
    }
    if let clip { options.clip = clip == 0 ? nil : clip }
    if let patience { options.patience = patience == 0 ? nil : patience }
    options.onDivergence = onDivergence
    options.initialRange = initialRange
    options.precision = precision
    if let gradientThinning { options.gradientThinning = gradientThinning }
    options.dropout = dropout
    options.hasVariationalDropout = variational
    if let negativeSamples { options.negativeSamples = negativeSamples }
    if options.negativeSamples > 0 { options.gradientThinning = 0 }
    options.seed = seed
    return options
  }
}
