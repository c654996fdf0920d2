import EddyLM
import EddyNN

extension ModelKind {
  static let recurrent: [ModelKind] = [.rnn, .lstm, .gru]
  static let networks = allCases.filter { $0.network != nil }

  /// The equations of a recurrent network.
  var cell: any RecurrentCell.Type {
    switch self {
    case .rnn: RNNCell.self
    case .lstm: LSTMCell.self
    case .gru: GRUCell.self
    case .window, .concat, .cbow, .kneserNey: preconditionFailure("\(self) has no cell.")
    }
  }

  /// Sizes that this kind can have, like the given ones.
  func fitted(_ sizes: NetworkSizes) -> NetworkSizes {
    guard hasContext else { return sizes }
    return NetworkSizes(
      embedding: sizes.embedding, hidden: self == .concat ? sizes.hidden : sizes.embedding,
      layers: 1, context: 3)
  }
}

extension ModelKind {
  /// The network of a kind that is one.
  var trained: any LanguageNetwork.Type {
    guard let network else { preconditionFailure("\(self) is no network.") }
    return network
  }
}
