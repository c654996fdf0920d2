import EddyNN
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Softmax cross-entropy")
struct SoftmaxCrossEntropyTests {
  private let scores = Formula(1).matrix(rows: 7, columns: 21, bound: 6)
  private let targets = [3, 20, -1, 0, 7, -1, 7]

  /// −log softmax(scores)[target] of each row in Double, 0 where it is ignored.
  private func losses(_ scores: TwinMatrix<Double>) -> [Double] {
    targets.enumerated().map { row, target in
      guard target >= 0 else { return 0 }
      let sum = (0..<21).reduce(0) { $0 + exp(scores[row, $1]) }
      return log(sum) - scores[row, target]
    }
  }

  @Test("loss and gradient equal Double and its finite differences")
  func finiteDifferences() {
    let twin = TwinMatrix<Double>(scores)
    func mean(_ scores: TwinMatrix<Double>) -> Double { losses(scores).reduce(0, +) / 5 }
    let differences = twin.elements.indices.map { index in
      var (above, below) = (twin, twin)
      above.elements[index] += 1e-5
      below.elements[index] -= 1e-5
      return (mean(above) - mean(below)) / 2e-5
    }
    var buffer = Buffer(scores)
    let loss = SoftmaxCrossEntropy.lossAndGradient(&buffer, targets: targets)
    expectClose([loss], [mean(twin)], within: 1e-6, "loss")
    expectClose(buffer.matrix.elements, differences, within: 1e-6, "gradient")
    for column in 0..<21 { #expect(buffer.matrix[2, column] == 0) }
  }

  @Test(
    "a smoothed gradient is as if all words were targets, each a little; the losses are not smoothed"
  )
  func smoothing() {
    func gradient(_ smoothing: Float, threads: Int = 1) -> (gradient: [Float], loss: Double) {
      let buffer = Buffer(scores)
      let losses = NumberBuffer<Double>(count: targets.count)
      let (view, targets) = (buffer.view, targets)
      ThreadTeam(count: threads).run {
        SoftmaxCrossEntropy.gradient(
          view, targets: targets, predicted: 5, smoothing: smoothing, losses: losses, member: $0)
      }
      return (buffer.matrix.elements, losses.sum())
    }
    let (plain, smoothed) = (gradient(0), gradient(0.3))
    #expect(smoothed.loss == plain.loss)
    #expect(gradient(0.3, threads: 2) == smoothed)
    for (row, target) in targets.enumerated() {
      for column in 0..<21 {
        let index = row * 21 + column
        let change: Float = target < 0 ? 0 : (column == target ? 0.3 : 0) - 0.3 / 21
        #expect(abs(smoothed.gradient[index] - plain.gradient[index] - change / 5) < 1e-6)
      }
    }
  }

  @Test("log-probabilities, scores unchanged")
  func logProbabilities() {
    let buffer = Buffer(scores)
    let found = SoftmaxCrossEntropy.logProbabilities(buffer, targets: targets)
    expectClose(found, losses(TwinMatrix(scores)).map(-), within: 1e-6)
    #expect(found[2] == 0)
    #expect(buffer.matrix == scores)
  }

  @Test("normalised rows hold the same log-probabilities")
  func normalise() {
    let buffer = Buffer(scores)
    ThreadTeam(count: 2).run { SoftmaxCrossEntropy.normalise(buffer.view, member: $0) }
    let found = SoftmaxCrossEntropy.logProbabilities(Buffer(scores), targets: targets)
    for (row, target) in targets.enumerated() where target >= 0 {
      #expect(buffer.matrix[row, target] == found[row])
    }
  }

  @Test("the same bits for any number of threads", arguments: [2, 3])
  func threads(_ count: Int) {
    let team = ThreadTeam(count: count)
    var alone = Buffer(scores)
    var together = Buffer(scores)
    #expect(
      SoftmaxCrossEntropy.lossAndGradient(&together, targets: targets, team: team)
        == SoftmaxCrossEntropy.lossAndGradient(&alone, targets: targets))
    expectSameBits(together.matrix, alone.matrix)
    #expect(
      SoftmaxCrossEntropy.logProbabilities(Buffer(scores), targets: targets, team: team)
        == SoftmaxCrossEntropy.logProbabilities(Buffer(scores), targets: targets))
  }

  @Test(
    "in bfloat16 the gradient is rounded where it stands", arguments: [1, 2, 21, 32, 33, 70],
    [1, 3])
  func bfloat16(_ columns: Int, _ threads: Int) {
    let scores = Formula(columns).matrix(rows: 4, columns: columns, bound: 4)
    let targets = [0, columns - 1, -1, columns / 2]
    let losses = NumberBuffer<Double>(count: 4)
    let other = NumberBuffer<Double>(count: 4)
    var (exact, rounded) = (scores, scores)
    let (exactView, roundedView) = (exact.mutableView(), rounded.mutableView())
    ThreadTeam(count: threads).run { member in
      SoftmaxCrossEntropy.gradient(
        exactView, targets: targets, predicted: 3, losses: losses, member: member)
      SoftmaxCrossEntropy.gradient(
        roundedView, targets: targets, predicted: 3, losses: other, precision: .bfloat16,
        member: member)
    }
    #expect((0..<4).allSatisfy { losses[$0] == other[$0] })
    let operand = SoftmaxCrossEntropy.operand(roundedView, precision: .bfloat16)
    let expected = Precision.bfloat16.units(of: TwinMatrix(exact))
    for row in 0..<4 {
      for unit in 0..<expected.columns {
        let found = unsafe operand.base[row * operand.distance + unit]
        #expect(found.bitPattern == expected[row, unit].bitPattern, "row \(row), unit \(unit)")
      }
    }
  }

  @Test("nothing predicted is no loss")
  func ignored() {
    var buffer = Buffer(scores.rows(from: 0, count: 2))
    #expect(SoftmaxCrossEntropy.lossAndGradient(&buffer, targets: [-1, -1]) == 0)
    #expect(buffer.matrix == Matrix(rows: 2, columns: 21))
  }

  @Test("a target outside stops the program")
  func outside() async {
    await #expect(processExitsWith: .failure) {
      var buffer = Buffer(rows: 1, columns: 3)
      _ = SoftmaxCrossEntropy.lossAndGradient(&buffer, targets: [3])
    }
    await #expect(processExitsWith: .failure) {
      _ = SoftmaxCrossEntropy.logProbabilities(Buffer(rows: 1, columns: 3), targets: [-2])
    }
  }

  @Test("fewer targets than rows stop the program")
  func tooFew() async {
    await #expect(processExitsWith: .failure) {
      var buffer = Buffer(rows: 2, columns: 3)
      _ = SoftmaxCrossEntropy.lossAndGradient(&buffer, targets: [1])
    }
  }
}
