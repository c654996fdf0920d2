import CEddyKernels
import EddyNN
import Testing

@Suite("The optimiser's passes equal their twins bit for bit")
struct OptimiserKernelTests {
  static let sizes = [0, 1, 4, 5, 8, 9, 16, 17, 33, 65]

  @Test("SGD", arguments: KernelSet.all)
  func sgd(_ set: KernelSet) {
    for size in Self.sizes {
      let gradients = Formula(2).floats(size)
      var expected = Formula(1).floats(size)
      let (weights, buffer) = (Guarded(expected), Guarded(gradients))
      unsafe set.table.sgd(weights.base, buffer.base, size, 0.3, 0.7)
      for index in 0..<size {
        OptimiserTwins.sgd(&expected[index], gradient: gradients[index], scale: 0.3, rate: 0.7)
      }
      #expect(weights.isIntact)
      expectSameBits(weights.elements, expected, "\(size) weights")
    }
  }

  @Test("AdamW", arguments: KernelSet.all)
  func adamW(_ set: KernelSet) {
    let twin = OptimiserTwins.AdamW<Float>(
      scale: 0.3, rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 1e-4,
      correction1: 5.263158, correction2: 500.25)
    for size in Self.sizes {
      let gradients = Formula(2).floats(size)
      var weights = Formula(1).floats(size)
      var means = Formula(3).floats(size)
      var squares = Formula(4).floats(size).map { $0 * $0 }
      let (w, g, m, v) = (Guarded(weights), Guarded(gradients), Guarded(means), Guarded(squares))
      unsafe set.table.adamw(
        w.base, g.base, m.base, v.base, size, twin.scale, twin.rate, twin.beta1, twin.beta2,
        twin.epsilon, twin.decay, twin.correction1, twin.correction2)
      for index in 0..<size {
        twin.update(
          &weights[index], gradient: gradients[index], mean: &means[index], square: &squares[index])
      }
      #expect(w.isIntact && m.isIntact && v.isIntact)
      expectSameBits(w.elements, weights, "\(size) weights")
      expectSameBits(m.elements, means, "\(size) means")
      expectSameBits(v.elements, squares, "\(size) squares")
    }
  }
}
