import EddyNN

/// A context network in training.
///
/// `@unchecked Sendable`: whoever uses it uses it alone, with a team.
final class ContextPass<Context: WordContext>: NetworkPass, @unchecked Sendable {
  private let hidden: LinearPanels?
  private let space: ContextSpace<Context>
  /// The vectors side by side as a right-hand side.
  private let packedVectors: PackedMatrix
  /// The gradient of the hidden layer's sums, `[T·B, H]`, and as a left-hand side.
  private let sumGradients: Buffer
  private let roundedSumGradients: RoundedCopy
  /// The gradient of the vectors, `[T·B·n, D]`.
  private let vectorGradients: Buffer
  private let wordCount: Int
  private let wordDropout: WordDropout?
  private var state: ContextState
  private var update = 0
  private var gradients: Linear.GradientViews?

  init(_ network: ContextNetwork<Context>, options: TrainingOptions, team: ThreadTeam) {
    let rows = options.windowRows
    let precision = options.precision
    wordCount = network.wordCount
    wordDropout = options.wordDropout
    hidden = network.hidden.map {
      LinearPanels($0, forTraining: true, precision: precision, team: team)
    }
    space = ContextSpace(network, rows: rows, precision: precision)
    let layerRows = network.hidden == nil ? 0 : rows
    let size = network.embedding.size
    packedVectors = PackedMatrix(
      depth: layerRows, columns: wordCount * size, precision: precision)
    sumGradients = Buffer(rows: layerRows, columns: network.decoder.inputSize)
    roundedSumGradients = RoundedCopy(
      rows: layerRows, columns: network.decoder.inputSize, precision: precision)
    vectorGradients = Buffer(rows: rows * wordCount, columns: size)
    state = network.initialState(batchSize: options.batchSize)
  }

  func begin(
    inputs: [Int], targets: [Int], state: ContextState,
    gradients: inout ContextNetwork<Context>, norm: GradientNorm, update: Int
  ) -> [Int] {
    self.state = state
    self.update = update
    let batch = state.batchSize
    var words: [Int] = []
    words.reserveCapacity(inputs.count * wordCount)
    for (row, input) in inputs.enumerated() {
      self.state.read(input, row: row % batch)
      self.state.append(row: row % batch, to: &words)
      guard Context.hasBothSides else { continue }
      for step in 1...state.context { words.append(targets[row + step * batch]) }
    }
    space.begin(words)
    self.gradients = gradients.hidden.gradientViews(norm: norm, index: 1)
    return words
  }

  func forward(_ network: ContextNetwork<Context>, member: ThreadTeam.Member) {
    space.forward(
      network, hidden: hidden, wordDropout: wordDropout, update: update, member: member)
    if hidden != nil { packedVectors.pack(space.concatenated, member: member) }
  }

  var top: MatrixView { space.top }
  var topOperand: Operand { space.topOperand }

  func backward(
    _ dys: MatrixView, network: ContextNetwork<Context>, member: ThreadTeam.Member
  ) -> MatrixView {
    let result = vectorGradients.view.rows(from: 0, count: space.words.count)
    if let hidden, let gradients {
      let sums = sumGradients.view.rows(from: 0, count: dys.rows)
      let own = Tanh.backward(dys, ys: top, into: sums, member: member)
      roundedSumGradients.round(
        sums.rows(from: own.lowerBound, count: own.count), at: own.lowerBound,
        columns: 0..<dys.columns)
      member.barrier()
      let concatenated = unsafe MatrixView(
        base: result.base, rows: dys.rows, columns: wordCount * result.columns)
      Linear.backward(
        roundedSumGradients.operand(sums), xs: packedVectors, into: gradients,
        dxs: concatenated, panels: hidden.panels, member: member)
    } else {
      GroupMean.backward(dys, into: result, member: member)
    }
    member.barrier()
    return result
  }

  func end(state: inout ContextState) { state = self.state }

  func update(
    _ views: [MatrixView], member: ThreadTeam.Member,
    by update: (_ index: Int, _ elements: Range<Int>) -> Void
  ) {
    hidden?.update(views, weights: 1, bias: 2, member: member, by: update)
  }

  var activationBytes: Int {
    space.byteCount + packedVectors.byteCount + sumGradients.byteCount
      + roundedSumGradients.byteCount + vectorGradients.byteCount
  }

  var panelBytes: Int { hidden?.panels.byteCount ?? 0 }
}
