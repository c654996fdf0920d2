import EddyNN

/// What a window of a context network writes on its way from words to the inputs of the decoder.
///
/// `@unchecked Sendable`: whoever uses it uses it alone, with a team.
final class ContextSpace<Context: WordContext>: @unchecked Sendable {
  /// The vectors of all words read, `[N·n, D]`.
  private let vectors: Buffer
  private let roundedVectors: RoundedCopy
  /// The inputs of the decoder, `[N, H]`.
  private let outputs: Buffer
  private let roundedOutputs: RoundedCopy
  private let wordCount: Int
  private var rows = 0
  /// The words of the window, `[N·n]`.
  private(set) var words: [Int] = []

  init(_ network: ContextNetwork<Context>, rows: Int, precision: Precision) {
    wordCount = network.wordCount
    let size = network.embedding.size
    vectors = Buffer(rows: rows * wordCount, columns: size)
    roundedVectors = RoundedCopy(
      rows: network.hidden == nil ? 0 : rows, columns: wordCount * size, precision: precision)
    outputs = Buffer(rows: rows, columns: network.decoder.inputSize)
    roundedOutputs = RoundedCopy(
      rows: rows, columns: network.decoder.inputSize, precision: precision)
  }

  /// Takes the words that are read for each row of a window.
  ///
  /// - Precondition: there is space for them.
  func begin(_ words: [Int]) {
    self.words = words
    rows = words.count / wordCount
  }

  /// The vectors side by side, `[N, n·D]`.
  var concatenated: MatrixView {
    let all = vectors.view
    return unsafe MatrixView(base: all.base, rows: rows, columns: wordCount * all.columns)
  }

  var top: MatrixView { outputs.view.rows(from: 0, count: rows) }
  var topOperand: Operand { roundedOutputs.operand(top) }

  var byteCount: Int {
    vectors.byteCount + roundedVectors.byteCount + outputs.byteCount + roundedOutputs.byteCount
  }

  /// A member's part of the way; ends with a barrier.
  ///
  /// - Parameters:
  ///   - hidden: The packed layer, where there is one.
  ///   - wordDropout: Leaves words out; none without.
  ///   - update: The updates made before.
  func forward(
    _ network: ContextNetwork<Context>, hidden: LinearPanels?, wordDropout: WordDropout? = nil,
    update: Int = 0, member: ThreadTeam.Member
  ) {
    let all = vectors.view.rows(from: 0, count: words.count)
    network.embedding.forward(words, into: all, member: member)
    wordDropout?.apply(to: all, words: words, update: update, member: member)
    member.barrier()
    let own: Range<Int>
    if let layer = network.hidden, let hidden {
      roundedVectors.round(concatenated, member: member)
      member.barrier()
      layer.forward(
        roundedVectors.operand(concatenated), into: top, panels: hidden.panels, member: member)
      member.barrier()
      own = Tanh.forward(top, member: member)
    } else {
      own = GroupMean.forward(all, into: top, member: member)
    }
    roundedOutputs.round(
      top.rows(from: own.lowerBound, count: own.count), at: own.lowerBound,
      columns: 0..<top.columns)
    member.barrier()
  }
}
