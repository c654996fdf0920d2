import EddyNN

/// The kinds of models that there are.
public enum ModelKind: String, Sendable, Equatable, CaseIterable {
  /// Recurrent networks.
  case rnn, lstm, gru
  /// The words before, their vectors averaged: order is lost.
  case window
  /// The words before, their vectors side by side.
  case concat
  /// The words on both sides: no language model, but good word vectors.
  case cbow
  /// Counts of n-grams, smoothed.
  case kneserNey = "kneser-ney"

  /// The network; nil for n-grams.
  public var network: (any LanguageNetwork.Type)? {
    switch self {
    case .rnn: RecurrentNetwork<RNNCell>.self
    case .lstm: RecurrentNetwork<LSTMCell>.self
    case .gru: RecurrentNetwork<GRUCell>.self
    case .window: ContextNetwork<AveragedContext>.self
    case .concat: ContextNetwork<ConcatenatedContext>.self
    case .cbow: ContextNetwork<SurroundingContext>.self
    case .kneserNey: nil
    }
  }

  /// Whether it has a state that every word changes.
  public var isRecurrent: Bool { self == .rnn || self == .lstm || self == .gru }

  /// Whether it reads the last `n` words and no others.
  public var hasContext: Bool { averagesContext || self == .concat }

  /// Whether it averages their vectors, so that there are as many hidden units as numbers in a vector.
  public var averagesContext: Bool { self == .window || self == .cbow }
}
