import EddyNN
import Testing

@Suite("Thinned softmax gradient")
struct ThinnedGradientTests {
  /// Scores of `rows` rows, a layer they come from, and its inputs.
  private struct Problem {
    var epsilon: Float
    var precision = Precision.float32
    var scores, xs: Matrix
    var targets: [Int]
    let layer: Linear
    let seed: UInt64 = 9

    init(
      rows: Int = 9, columns: Int = 70, inputs: Int = 5, epsilon: Float = 0.5,
      precision: Precision = .float32
    ) {
      self.epsilon = epsilon
      self.precision = precision
      scores = Formula(1).matrix(rows: rows, columns: columns, bound: 4)
      xs = Formula(2).matrix(rows: rows, columns: inputs)
      targets = Formula(3).integers(rows, below: columns)
      if rows > 4 { targets[rows / 2] = SoftmaxCrossEntropy.ignored }
      var layer = Linear(inputSize: inputs, outputSize: columns)
      layer.weights = Formula(4).matrix(rows: columns, columns: inputs)
      self.layer = layer
    }

    var predicted: Int { SoftmaxCrossEntropy.predictedCount(targets) }

    /// A space for one row more than there are.
    func space(_ team: ThreadTeam) -> ThinnedGradient {
      ThinnedGradient(
        epsilon: epsilon, seed: seed, rows: scores.rows + 1, columns: scores.columns,
        inputs: xs.columns, precision: precision, team: team)
    }

    func panels() -> Linear.Panels {
      Linear.Panels(layer, forTraining: true, precision: precision)
    }

    func solve(update: Int = 0, team: ThreadTeam = .serial) -> Result {
      solve(update: update, space: space(team), panels: panels(), team: team)
    }

    func solve(
      update: Int, space: ThinnedGradient, panels: borrowing Linear.Panels, team: ThreadTeam
    ) -> Result {
      var (scores, gradients, dxs) = (scores, layer, xs)
      let losses = NumberBuffer<Double>(count: xs.rows)
      let (scoreView, xView, dxView) = (scores.mutableView(), xs.view, dxs.mutableView())
      let views = Linear.GradientViews(
        weights: GradientView(gradients.weights.mutableView()), bias: gradients.bias.mutableView())
      func run(_ panels: borrowing Linear.Panels, _ member: ThreadTeam.Member) {
        space.compute(
          scoreView, targets: targets, predicted: predicted, update: update, losses: losses,
          precision: precision, member: member)
        space.backward(
          scoreView, xs: xView, into: views, dxs: dxView, panels: panels, member: member)
      }
      onTeam(team, panels, run)
      return Result(
        losses: (0..<xs.rows).map { losses[$0] }, gradients: gradients, dxs: dxs)
    }

    private func onTeam(
      _ team: ThreadTeam, _ panels: borrowing Linear.Panels,
      _ body: (borrowing Linear.Panels, ThreadTeam.Member) -> Void
    ) {
      team.run { body(panels, $0) }
    }

    /// The losses and the gradient that nothing is left out of.
    func full() -> Result {
      let buffer = Buffer(scores)
      var gradients = layer
      var dxs = Buffer(rows: xs.rows, columns: xs.columns)
      let losses = NumberBuffer<Double>(count: xs.rows)
      let view = buffer.view
      ThreadTeam.serial.run {
        SoftmaxCrossEntropy.gradient(
          view, targets: targets, predicted: predicted, losses: losses, member: $0)
      }
      layer.backward(
        buffer, xs: Buffer(xs), into: &gradients, dxs: &dxs,
        panels: Linear.Panels(layer, forTraining: true))
      return Result(
        losses: (0..<xs.rows).map { losses[$0] }, gradients: gradients, dxs: dxs.matrix)
    }

    /// What the twin's kernel makes of each row; nothing of those that are ignored.
    func rows(update: Int) -> [ReductionTwins.ThinnedGradient] {
      let blocks = (scores.columns + 31) / 32
      return targets.enumerated().map { row, target in
        let zeros = [Float](repeating: 0, count: scores.columns)
        guard target >= 0 else { return .init(values: zeros) }
        let random = (0..<(blocks + 3) / 4).flatMap { four -> [UInt32] in
          let words = Philox(seed: seed).block(
            SIMD4(3, UInt32(update), UInt32(row), UInt32(four)))
          return [words.x, words.y, words.z, words.w]
        }
        return ReductionTwins.thinnedGradient(
          scores.rows(from: row, count: 1).elements, target: target, scale: 1 / Float(predicted),
          epsilon: epsilon, random: random)
      }
    }

    /// The gradients by plain loops: each block's products have the rows that keep it.
    func twin(update: Int) -> (weights: TwinMatrix<Float>, bias: [Float], dxs: TwinMatrix<Float>) {
      let rows = rows(update: update)
      let (weights, inputs) = (TwinMatrix<Float>(layer.weights), TwinMatrix<Float>(xs))
      var dxs = TwinMatrix<Float>(rows: xs.rows, columns: xs.columns)
      var (dWeights, bias): ([TwinMatrix<Float>], [Float]) = ([], [])
      for block in 0..<(scores.columns + 31) / 32 {
        let columns = block * 32..<min(block * 32 + 32, scores.columns)
        let kept = rows.indices.filter { rows[$0].kept.contains(block) }
        let dys = TwinMatrix(
          rows: kept.count, columns: columns.count,
          elements: kept.flatMap { rows[$0].values[columns] })
        let someInputs = TwinMatrix(
          rows: kept.count, columns: xs.columns,
          elements: kept.flatMap { inputs.rows(from: $0, count: 1).elements })
        dWeights.append(precision.product(dys.transposed, someInputs))
        var rounded = dys
        rounded.elements = dys.elements.map(precision.nearest)
        bias += rounded.columnSums.elements
        let some = weights.rows(from: columns.lowerBound, count: columns.count)
        for (index, row) in kept.enumerated() {
          let sum = precision.product(
            dys.rows(from: index, count: 1), some, start: dxs.rows(from: row, count: 1))
          for column in 0..<xs.columns { dxs[row, column] = sum[0, column] }
        }
      }
      return (TwinMatrix(joining: dWeights), bias, dxs)
    }
  }

  private struct Result {
    var losses: [Double]
    var gradients: Linear
    var dxs: Matrix

    /// All gradients, one after the other.
    var elements: [Float] {
      gradients.weights.elements + gradients.bias.elements + dxs.elements
    }
  }

  @Test(
    "equals plain loops bit for bit, for any number of threads", arguments: Precision.forTraining,
    [1, 2, 3, 7])
  func twin(_ precision: Precision, _ threads: Int) {
    let team = ThreadTeam(count: threads)
    for (rows, columns, inputs) in [(9, 70, 5), (1, 33, 1), (13, 32, 33), (5, 300, 3), (3, 1, 2)] {
      let problem = Problem(
        rows: rows, columns: columns, inputs: inputs, precision: precision)
      let full = problem.full()
      // One space for several updates leaves nothing behind.
      let space = problem.space(team)
      let panels = problem.panels()
      for update in [0, 1, 1 << 20] {
        let found = problem.solve(update: update, space: space, panels: panels, team: team)
        let twin = problem.twin(update: update)
        let what = "[\(rows), \(columns)] update \(update)"
        #expect(found.losses == full.losses, "\(what)")
        expectSameBits(found.gradients.weights.elements, twin.weights.elements, "dW, \(what)")
        expectSameBits(found.gradients.bias.elements, twin.bias, "db, \(what)")
        expectSameBits(found.dxs.elements, twin.dxs.elements, "dxs, \(what)")
      }
    }
  }

  /// How far the sum of one element's terms may be from what it is on average.
  private struct Spread {
    /// The variance in one update: a block of one row is kept with probability `q`, and what is kept is
    /// divided by it.
    var variance = 0.0
    /// The sum of the terms' magnitudes.
    var size = 0.0

    mutating func add(_ term: Double, factor: Double) {
      variance += factor * term * term
      size += abs(term)
    }
  }

  /// The spread of every element, in the order of ``Result/elements``.
  private func spreads(_ problem: Problem) -> [Spread] {
    var exact = problem
    exact.epsilon = 1e-30
    let (width, count) = (problem.scores.columns, problem.xs.columns)
    var weights = [Spread](repeating: Spread(), count: width * count)
    var bias = [Spread](repeating: Spread(), count: width)
    var dxs = [Spread](repeating: Spread(), count: problem.xs.count)
    for (row, gradient) in exact.rows(update: 0).enumerated() {
      for block in gradient.kept {
        let columns = block * 32..<min(block * 32 + 32, width)
        let size =
          gradient.values[columns].reduce(0) { max($0, abs($1)) } * Float(problem.predicted)
        let factor = 1 / Double(min(1, size / problem.epsilon)) - 1
        var sums = [Double](repeating: 0, count: count)
        for column in columns {
          let dy = Double(gradient.values[column])
          bias[column].add(dy, factor: factor)
          for input in 0..<count {
            weights[column * count + input].add(
              dy * Double(problem.xs[row, input]), factor: factor)
            sums[input] += dy * Double(problem.layer.weights[column, input])
            dxs[row * count + input].size += abs(dy)
          }
        }
        for input in 0..<count { dxs[row * count + input].add(sums[input], factor: factor) }
      }
    }
    return weights + bias + dxs
  }

  @Test("is right on average", arguments: Precision.forTraining)
  func unbiased(_ precision: Precision) {
    let problem = Problem(precision: precision)
    let full = problem.full().elements
    let spreads = spreads(problem)
    let space = problem.space(.serial)
    let panels = problem.panels()
    let draws = 400
    var means = [Double](repeating: 0, count: full.count)
    for update in 0..<draws {
      let found = problem.solve(update: update, space: space, panels: panels, team: .serial)
      for (index, element) in found.elements.enumerated() {
        means[index] += Double(element) / Double(draws)
      }
    }
    // Half a unit of the last of 8 digits, for both factors.
    let rounding = precision == .float32 ? 1e-6 : 2 * 0x1p-8
    var (squares, count) = (0.0, 0)
    for (index, spread) in spreads.enumerated() {
      let deviation = (spread.variance / Double(draws)).squareRoot()
      let error = abs(means[index] - Double(full[index]))
      #expect(error <= 5 * deviation + rounding * spread.size, "element \(index)")
      guard deviation > 0.01 * spread.size, precision == .float32 else { continue }
      squares += (error / deviation) * (error / deviation)
      count += 1
    }
    // And the errors are as large as chance makes them.
    #expect(precision == .bfloat16 || count > 300)
    #expect(precision == .bfloat16 || (0.5...2).contains(squares / Double(max(count, 1))))
  }

  @Test("decides anew for each row and each update")
  func decisions() {
    var problem = Problem(rows: 16, columns: 96)
    problem.scores = Matrix(
      joining: [Matrix](repeating: problem.scores.rows(from: 0, count: 1), count: 16))
    problem.targets = [Int](repeating: 40, count: 16)
    let results = (0..<4).map { problem.solve(update: $0).dxs }
    let rows = results.map { dxs in
      Set((0..<16).map { dxs.rows(from: $0, count: 1).elements })
    }
    // Three blocks are left to chance, in 16 rows.
    for distinct in rows { #expect(distinct.count > 1 && distinct.count <= 8) }
    for (first, second) in zip(results, results.dropFirst()) { #expect(first != second) }
    #expect(problem.solve(update: 2).dxs == results[2])
  }

  @Test("so large an ε that nothing is kept: no gradient, the same losses", arguments: [1, 3])
  func nothing(_ threads: Int) {
    for precision in Precision.forTraining {
      let problem = Problem(epsilon: 1e30, precision: precision)
      let found = problem.solve(team: ThreadTeam(count: threads))
      #expect(found.elements.allSatisfy { $0 == 0 })
      #expect(found.losses == problem.full().losses)
    }
  }

  @Test("so small an ε that all is kept: the full gradient")
  func everything() {
    let problem = Problem(epsilon: 1e-20)
    expectClose(problem.solve().elements, problem.full().elements.map(Double.init), within: 1e-6)
  }

  @Test("ignored targets have neither loss nor gradient", arguments: Precision.forTraining)
  func ignored(_ precision: Precision) {
    var problem = Problem(epsilon: 1e-20, precision: precision)
    let found = problem.solve()
    #expect(found.losses[4] == 0)
    for column in 0..<5 { #expect(found.dxs[4, column] == 0) }
    problem.targets = [Int](repeating: SoftmaxCrossEntropy.ignored, count: 9)
    let none = problem.solve()
    #expect(none.elements.allSatisfy { $0 == 0 } && none.losses.allSatisfy { $0 == 0 })
  }

  @Test("a window shorter than the space", arguments: [1, 2])
  func shorter(_ threads: Int) {
    let team = ThreadTeam(count: threads)
    let long = Problem(rows: 9)
    let space = long.space(team)
    let panels = long.panels()
    _ = long.solve(update: 0, space: space, panels: panels, team: team)
    let short = Problem(rows: 3)
    let found = short.solve(update: 5, space: space, panels: panels, team: team)
    expectSameBits(found.gradients.weights.elements, short.twin(update: 5).weights.elements)
    expectSameBits(found.dxs.elements, short.twin(update: 5).dxs.elements)
  }

  @Test("a target outside stops the program")
  func outside() async {
    await #expect(processExitsWith: .failure) {
      var problem = Problem()
      problem.targets[0] = 70
      _ = problem.solve()
    }
  }
}
