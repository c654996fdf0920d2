import EddyNN

/// Numbers made by a formula that any language can repeat: the finaliser of MurmurHash3 over
/// `index · 0x9E3779B9 + seed`.
struct Formula {
  var seed: UInt32

  init(_ seed: Int) { self.seed = UInt32(seed) }

  /// 32 bits of the given index.
  func word(_ index: Int) -> UInt32 {
    var word = UInt32(truncatingIfNeeded: index) &* 0x9E37_79B9 &+ seed
    word = (word ^ word >> 16) &* 0x85EB_CA6B
    word = (word ^ word >> 13) &* 0xC2B2_AE35
    return word ^ word >> 16
  }

  /// Numbers in `-bound ..< bound`.
  func floats(_ count: Int, bound: Float = 1) -> [Float] {
    (0..<count).map { bound * (Float(word($0) >> 8) * 0x1p-23 - 1) }
  }

  /// A matrix of numbers in `-bound ..< bound`.
  func matrix(rows: Int, columns: Int, bound: Float = 1) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: floats(rows * columns, bound: bound))
  }

  /// Integers in `0 ..< limit`.
  func integers(_ count: Int, below limit: Int) -> [Int] {
    (0..<count).map { Int(word($0)) % limit }
  }
}

extension RecurrentLayer {
  /// A layer with weights in −½ ..< ½.
  init(formula seed: Int, inputSize: Int, hiddenSize: Int) {
    self.init(inputSize: inputSize, hiddenSize: hiddenSize)
    func fill(_ matrix: Matrix, _ offset: Int) -> Matrix {
      Formula(seed + offset).matrix(rows: matrix.rows, columns: matrix.columns, bound: 0.5)
    }
    inputWeights = fill(inputWeights, 1)
    recurrentWeights = fill(recurrentWeights, 2)
    bias = fill(bias, 3)
    recurrentBias = fill(recurrentBias, 4)
  }

  /// A state (or the gradient of one) in −½ ..< ½.
  func state(formula seed: Int, batchSize: Int) -> State {
    var state = initialState(batchSize: batchSize)
    state.hidden = Formula(seed).matrix(rows: batchSize, columns: hiddenSize, bound: 0.5)
    state.cell = Formula(seed + 1).matrix(
      rows: batchSize, columns: state.cell.columns, bound: 0.5)
    return state
  }
}
