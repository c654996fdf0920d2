import EddyLM
import EddyNN

/// A language model whose distribution is a plain function of its state.
///
/// The state is real: a digest of the whole history and its last two tokens.
struct ToyModel: LanguageModel {
  /// What the toy remembers of one text.
  struct Context: Sendable, Equatable {
    var digest: UInt64 = 14_695_981_039_346_656_037
    var last: [Int] = []

    mutating func read(_ token: Int) {
      digest = (digest ^ UInt64(token + 1)) &* 1_099_511_628_211
      last = Array((last + [token]).suffix(2))
    }
  }

  struct State: StreamState {
    var contexts: [Context]
    var batchSize: Int { contexts.count }
    func rows(_ indices: [Int]) -> State { State(contexts: indices.map { contexts[$0] }) }
    init(contexts: [Context]) { self.contexts = contexts }
    init(joining parts: [State]) { contexts = parts.flatMap(\.contexts) }
  }

  let codec: TextCodec
  /// The weight of each token after a context; they need not add up to 1.
  var weights: @Sendable (Context) -> [Double]

  init(_ codec: TextCodec, weights: @escaping @Sendable (Context) -> [Double]) {
    self.codec = codec
    self.weights = weights
  }

  /// A toy whose distributions come from a hash of the history.
  init(_ codec: TextCodec) {
    let size = codec.vocabulary.count
    self.init(codec) { context in
      (0..<size).map { id in
        let hash = (context.digest ^ UInt64(id)) &* 0x9E37_79B9_7F4A_7C15
        return Double(1 + hash >> 54)
      }
    }
  }

  func initialState(batchSize: Int) -> State {
    State(contexts: Array(repeating: Context(), count: batchSize))
  }

  func advance(_ tokens: [Int], state: inout State, team: ThreadTeam) -> Matrix {
    precondition(tokens.count == state.batchSize)
    var elements: [Float] = []
    for (row, token) in tokens.enumerated() {
      state.contexts[row].read(token)
      elements += logProbabilities(state.contexts[row])
    }
    return Matrix(rows: tokens.count, columns: codec.vocabulary.count, elements: elements)
  }

  func logProbabilities(
    of continuations: [Continuation], after inputs: [Int], state: inout State,
    keeping rows: [Int], team: ThreadTeam
  ) -> [Float] {
    precondition(inputs.count % state.batchSize == 0)
    var contexts: [Context] = []
    for (row, input) in inputs.enumerated() {
      state.contexts[row % state.batchSize].read(input)
      contexts.append(state.contexts[row % state.batchSize])
    }
    state.contexts = rows.map { contexts[$0] }
    return continuations.map { logProbabilities(contexts[$0.row])[$0.token] }
  }

  private func logProbabilities(_ context: Context) -> [Float] {
    let weights = weights(context)
    let sum = weights.reduce(0, +)
    return weights.map { Float(PortableMath.log($0 / sum)) }
  }
}

extension ToyModel {
  /// «you say hello and say goodbye» and words that share their beginnings.
  static let words = ToyModel(.words)
}
