/// A recurrent layer: ``RNN``, ``LSTM`` or ``GRU``.
///
/// A layer holds weights and nothing else: any number of threads may run it at once, each with a
/// ``State`` of its own. `B` sequences, `T` time steps, `D` inputs, `H` hidden units, `G` gates.
public struct RecurrentLayer<Cell: RecurrentCell>: Sendable, Equatable {
  /// `Wx`, `[G·H, D]`.
  public var inputWeights: Matrix
  /// `Wh`, `[G·H, H]`.
  public var recurrentWeights: Matrix
  /// `b`, `[1, G·H]`.
  public var bias: Matrix
  /// `b′`, the bias of the recurrent sums: `[1, G·H]` for ``GRU``, `[1, 0]` for the others.
  public var recurrentBias: Matrix

  /// `D`.
  public var inputSize: Int { inputWeights.columns }
  /// `H`.
  public var hiddenSize: Int { recurrentWeights.columns }

  /// The gradient of each weight has the shape of the weight.
  public typealias Gradients = Self

  /// A layer of zeros.
  ///
  /// - Precondition: both sizes are at least 1.
  public init(inputSize: Int, hiddenSize: Int) {
    precondition(
      inputSize >= 1 && hiddenSize >= 1,
      "A recurrent layer needs sizes of at least 1, found D = \(inputSize), H = \(hiddenSize).")
    let sums = Cell.gateCount * hiddenSize
    inputWeights = Matrix(rows: sums, columns: inputSize)
    recurrentWeights = Matrix(rows: sums, columns: hiddenSize)
    bias = Matrix(rows: 1, columns: sums)
    recurrentBias = Matrix(rows: 1, columns: Cell.separatesRecurrentSums ? sums : 0)
  }

  /// What one step hands to the next.
  public struct State: Sendable, Equatable {
    /// Hidden activations `h`, `[B, H]`: also the output of the last step.
    public var hidden: Matrix
    /// Cell contents `c`, `[B, H]` for ``LSTM``, `[B, 0]` for the others.
    public var cell: Matrix

    /// The number of sequences, `B`.
    public var batchSize: Int { hidden.rows }

    /// The states of these rows, in this order.
    public func rows(_ indices: [Int]) -> State {
      State(hidden: hidden.rows(indices), cell: cell.rows(indices))
    }

    /// The rows of all parts, one after the other.
    public init(joining parts: [State]) {
      hidden = Matrix(joining: parts.map(\.hidden))
      cell = Matrix(joining: parts.map(\.cell))
    }

    package init(hidden: Matrix, cell: Matrix) {
      self.hidden = hidden
      self.cell = cell
    }
  }

  /// Zeros: the state before the first step.
  public func initialState(batchSize: Int) -> State {
    State(
      hidden: Matrix(rows: batchSize, columns: hiddenSize),
      cell: Matrix(rows: batchSize, columns: Cell.hasCell ? hiddenSize : 0))
  }
}
