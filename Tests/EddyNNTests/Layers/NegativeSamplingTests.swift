import EddyNN
import Testing

@Suite("Negative sampling")
struct NegativeSamplingTests {
  /// Rows of inputs, their words, and the layer that tells words apart.
  private struct Problem {
    var xs = Formula(1).matrix(rows: 7, columns: 19)
    let targets = [3, 0, SoftmaxCrossEntropy.ignored, 10, 3, 3, 1]
    var layer: Linear
    let noise = NoiseDistribution(counts: [90, 50, 30, 20, 10, 9, 8, 7, 6, 5, 0])

    init() {
      layer = Linear(inputSize: 19, outputSize: 11)
      layer.weights = Formula(2).matrix(rows: 11, columns: 19)
      layer.bias = Formula(3).matrix(rows: 1, columns: 11)
    }

    func solve(update: Int = 0, samples: Int = 6, team: ThreadTeam = .serial) -> Result {
      let sampling = NegativeSampling(noise: noise, samples: samples, rows: 8, seed: 4)
      var (gradients, dxs) = (layer, xs)
      let losses = NumberBuffer<Double>(count: 7)
      let views = Linear.GradientViews(
        weights: GradientView(gradients.weights.mutableView()),
        bias: gradients.bias.mutableView())
      let (xView, dxView) = (xs.view, dxs.mutableView())
      team.run {
        sampling.compute(
          xView, layer: layer, targets: targets, predicted: 6, update: update, losses: losses,
          into: views, dxs: dxView, member: $0)
      }
      return Result(
        losses: (0..<7).map { losses[$0] }, gradients: gradients, dxs: dxs)
    }
  }

  private struct Result: Equatable {
    let losses: [Double]
    let gradients: Linear
    let dxs: Matrix
    /// The mean over the words that are predicted.
    var loss: Double { losses.reduce(0, +) / 6 }
  }

  @Test("words are drawn by their counts to the power 0.75")
  func noise() {
    let counts = [16, 81, 1, 0, 256]
    let needed = [8.0, 27, 1, 1, 64].map { $0 / 101 }
    let noise = NoiseDistribution(counts: counts)
    var found = [Int](repeating: 0, count: 5)
    let draws = 100_000
    for draw in 0..<draws {
      found[noise.word(UInt32(UInt64(draw) * (1 << 32) / UInt64(draws)))] += 1
    }
    let bias = noise.logExpectedCounts(samples: 3)
    for word in counts.indices {
      #expect(abs(Double(found[word]) / Double(draws) - needed[word]) < 2e-5)
      #expect(abs(PortableMath.exp(Double(bias[0, word])) - 3 * needed[word]) < 1e-6)
    }
    #expect(noise.word(0) == 0 && noise.word(.max) == 4)
    let again = NoiseDistribution(bias: bias)
    #expect((0..<1000).allSatisfy { again.word($0 << 22 + 77) == noise.word($0 << 22 + 77) })
  }

  @Test("gradients are the slopes of the loss")
  func gradients() {
    let problem = Problem()
    let result = problem.solve()
    #expect(result.losses[2] == 0 && result.losses[0] > 0)
    func slope(_ change: (inout Problem, Float) -> Void) -> Double {
      let step: Float = 1.0 / 64
      var (above, below) = (problem, problem)
      change(&above, step)
      change(&below, -step)
      return (above.solve().loss - below.solve().loss) / Double(2 * step)
    }
    for row in 0..<7 {
      for column in [0, 8, 18] {
        let needed = slope { $0.xs[row, column] += $1 }
        #expect(abs(Double(result.dxs[row, column]) - needed) < 1e-4)
      }
    }
    for row in 0..<11 {
      for column in [0, 8, 18] {
        let needed = slope { $0.layer.weights[row, column] += $1 }
        #expect(abs(Double(result.gradients.weights[row, column]) - needed) < 1e-4)
      }
      #expect(result.gradients.bias[0, row] == 0)
    }
  }

  @Test("the same bits for every number of threads; other words for every update")
  func determinism() {
    let problem = Problem()
    let result = problem.solve()
    for threads in [2, 3, 5] { #expect(problem.solve(team: ThreadTeam(count: threads)) == result) }
    #expect(problem.solve(update: 1) != result)
  }

  @Test("the loss that many words of noise give is that of their expectation")
  func expectation() {
    // Σ q · softplus(score).
    let problem = Problem()
    let samples = 40_000
    let result = problem.solve(samples: samples)
    let weights = problem.noise.logExpectedCounts(samples: 1).elements
      .map { PortableMath.exp(Double($0)) }
    for (row, target) in problem.targets.enumerated() where target >= 0 {
      func score(_ word: Int) -> Double {
        (0..<19).reduce(0.0) {
          $0 + Double(problem.xs[row, $1]) * Double(problem.layer.weights[word, $1])
        }
      }
      func softplus(_ x: Double) -> Double { PortableMath.log(1 + PortableMath.exp(x)) }
      let others = (0..<11).reduce(0.0) { $0 + weights[$1] * softplus(score($1)) }
      let found = (result.losses[row] - softplus(-score(target))) / Double(samples)
      #expect(abs(found - others) < 0.02 * others)
    }
  }
}
