/// What each model of a mixture remembers of the same texts.
public struct MixedState: StreamState {
  var parts: [any StreamState]

  init(parts: [any StreamState]) {
    precondition(!parts.isEmpty, "A mixture has at least one model.")
    self.parts = parts
  }

  public var batchSize: Int { parts[0].batchSize }

  public func rows(_ indices: [Int]) -> MixedState {
    MixedState(parts: parts.map { $0.rows(indices) })
  }

  public init(joining states: [MixedState]) {
    precondition(!states.isEmpty, "MixedState(joining:) needs at least one part.")
    func joined<State: StreamState>(_: State, at index: Int) -> State {
      State(joining: states.map { $0.part(index) })
    }
    var parts: [any StreamState] = []
    for (index, part) in states[0].parts.enumerated() { parts.append(joined(part, at: index)) }
    self.init(parts: parts)
  }

  public static func == (left: MixedState, right: MixedState) -> Bool {
    func isEqual<State: StreamState>(_ state: State, _ other: any StreamState) -> Bool {
      (other as? State) == state
    }
    guard left.parts.count == right.parts.count else { return false }
    for (part, other) in zip(left.parts, right.parts) where !isEqual(part, other) { return false }
    return true
  }

  /// The state of one model.
  func part<State: StreamState>(_ index: Int) -> State {
    guard let state = parts[index] as? State else {
      preconditionFailure("This state belongs to another mixture.")
    }
    return state
  }
}
