import EddyNN
import Testing

@Suite(
  "Losses, clipping and embedding equal PyTorch's in float64",
  .enabled(if: Reference.isAvailable, "needs ../shared/reference/layers"))
struct MiscellaneousReferenceTests {
  static let tolerance = 2e-5

  @Test("softmax cross-entropy", arguments: ["ce_plain", "ce_ignore", "ce_big"])
  func crossEntropy(_ name: String) throws {
    let reference = try Reference("misc")
    let loss = try reference.number("\(name).loss")
    let targets = try reference.integers("\(name).targets")
    var scores = Buffer(rounding: try reference.matrix("\(name).scores"))
    let logProbabilities = SoftmaxCrossEntropy.logProbabilities(scores, targets: targets)
    let found = SoftmaxCrossEntropy.lossAndGradient(&scores, targets: targets)
    expectClose([found], [loss], within: Self.tolerance, "loss")
    expectClose(
      scores.matrix, try reference.matrix("\(name).grad"), within: Self.tolerance, "gradient")
    let predicted = targets.filter { $0 != SoftmaxCrossEntropy.ignored }.count
    let mean = -logProbabilities.reduce(0) { $0 + Double($1) } / Double(predicted)
    expectClose([mean], [loss], within: Self.tolerance, "mean log-probability")
  }

  @Test("clipping by the common norm", arguments: ["clip_active", "clip_inactive"])
  func clipping(_ name: String) throws {
    let reference = try Reference("misc")
    var gradients = [
      Matrix(rounding: try reference.matrix("\(name).a")),
      Matrix(rounding: try reference.matrix("\(name).b")),
    ]
    let before = gradients
    let norm = gradients.clip(toNorm: Float(try reference.number("\(name).max")))
    expectClose(
      [norm], [try reference.number("\(name).norm")], within: Self.tolerance, "norm")
    for (gradient, tensor) in zip(gradients, ["a_out", "b_out"]) {
      expectClose(
        gradient, try reference.matrix("\(name).\(tensor)"), within: Self.tolerance, tensor)
    }
    #expect((gradients == before) == (name == "clip_inactive"))
  }

  @Test("embedding")
  func embedding() throws {
    let reference = try Reference("misc")
    let weights = Matrix(rounding: try reference.matrix("embed.W"))
    var embedding = Embedding(vocabularySize: weights.rows, size: weights.columns)
    embedding.weights = weights
    let tokens = try reference.integers("embed.x")
    var ys = Buffer(rows: tokens.count, columns: weights.columns)
    embedding.run(tokens, into: &ys)
    expectClose(ys.matrix, try reference.matrix("embed.y"), within: Self.tolerance, "y")
    var gradients = embedding
    embedding.backward(
      Buffer(rounding: try reference.matrix("embed.dy")), tokens: tokens, into: &gradients)
    expectClose(
      gradients.weights, try reference.matrix("embed.grad_W"), within: Self.tolerance, "grad_W")
  }
}
