import EddyNN
import Testing

@Suite("Embedding")
struct EmbeddingTests {
  private let tokens = [4, 0, 2, 4, 4, 1]
  private let dys = Formula(2).matrix(rows: 6, columns: 19)
  private let embedding: Embedding = {
    var embedding = Embedding(vocabularySize: 5, size: 19)
    embedding.weights = Formula(1).matrix(rows: 5, columns: 19)
    return embedding
  }()

  private func gradients(team: ThreadTeam = .serial) -> Matrix {
    // Whatever is in the gradients before is replaced.
    var gradients = embedding
    embedding.backward(Buffer(dys), tokens: tokens, into: &gradients, team: team)
    return gradients.weights
  }

  @Test("looks up rows", arguments: [1, 2, 3])
  func forward(threads: Int) {
    var ys = Buffer(rows: 6, columns: 19)
    embedding.run(tokens, into: &ys, team: ThreadTeam(count: threads))
    #expect(ys.matrix == embedding.weights.rows(tokens))
  }

  @Test("its gradients equal finite differences in Double")
  func finiteDifferences() {
    func loss(_ weights: TwinMatrix<Double>) -> Double {
      tokens.enumerated().reduce(0) { sum, entry in
        (0..<19).reduce(sum) {
          $0 + weights[entry.element, $1] * Double(dys[entry.offset, $1])
        }
      }
    }
    let weights = TwinMatrix<Double>(embedding.weights)
    let differences = weights.elements.indices.map { index in
      var (above, below) = (weights, weights)
      above.elements[index] += 0.25
      below.elements[index] -= 0.25
      return (loss(above) - loss(below)) * 2
    }
    expectClose(gradients().elements, differences, within: 1e-6)
  }

  @Test("words add up in the order of the tokens; those not looked up get zeros")
  func order() {
    let found = gradients()
    for column in 0..<19 {
      #expect(found[4, column] == 0 + dys[0, column] + dys[3, column] + dys[4, column])
      #expect(found[3, column] == 0)
    }
  }

  @Test("gradients are the same bits for any number of threads", arguments: [2, 3])
  func threads(_ count: Int) {
    expectSameBits(gradients(team: ThreadTeam(count: count)), gradients())
  }

  @Test("nothing to look up")
  func nothing() {
    var ys = Buffer(rows: 0, columns: 19)
    embedding.run([], into: &ys)
    var gradients = embedding
    embedding.backward(Buffer(rows: 0, columns: 19), tokens: [], into: &gradients)
    #expect(gradients.weights == Matrix(rows: 5, columns: 19))
  }

  @Test("a word outside the vocabulary stops the program")
  func outside() async {
    await #expect(processExitsWith: .failure) {
      var ys = Buffer(rows: 1, columns: 2)
      Embedding(vocabularySize: 3, size: 2).run([3], into: &ys)
    }
    await #expect(processExitsWith: .failure) {
      var ys = Buffer(rows: 1, columns: 2)
      Embedding(vocabularySize: 3, size: 2).run([-1], into: &ys)
    }
  }

  @Test("gradients of another shape stop the program")
  func wrongGradients() async {
    await #expect(processExitsWith: .failure) {
      var gradients = Embedding(vocabularySize: 2, size: 2)
      Embedding(vocabularySize: 3, size: 2).backward(
        Buffer(rows: 1, columns: 2), tokens: [2], into: &gradients)
    }
  }
}
