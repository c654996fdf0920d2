import EddyNN

/// The three recurrent layers, as a test argument: `kind.cell` opens to a generic parameter.
enum CellKind: CaseIterable {
  case rnn, lstm, gru

  var cell: any TwinCell.Type {
    switch self {
    case .rnn: RNNCell.self
    case .lstm: LSTMCell.self
    case .gru: GRUCell.self
    }
  }
}
