import EddyNN
import Testing

@Suite("Clipping by the common norm")
struct GradientNormTests {
  /// More than one chunk, one element past it, nothing.
  private let gradients = [
    Formula(1).matrix(rows: 3, columns: 4096), Formula(2).matrix(rows: 1, columns: 4097),
    Formula(3).matrix(rows: 1, columns: 7), Matrix(rows: 1, columns: 0),
  ]

  private func norm(team: ThreadTeam = .serial) -> Double {
    let views = gradients.map(\.view)
    let norm = GradientNorm(views)
    team.run { norm.add(views, member: $0) }
    return norm.value
  }

  @Test("equals the norm in Double")
  func value() {
    let squares = gradients.flatMap(\.elements).reduce(0) { $0 + Double($1) * Double($1) }
    expectClose([norm()], [squares.squareRoot()], within: 1e-6)
  }

  @Test("is the sum of chunks of 4096, bit for bit")
  func chunks() {
    var sum = 0.0
    for gradient in gradients {
      let elements = gradient.elements
      for start in stride(from: 0, to: elements.count, by: 4096) {
        sum += Double(
          ReductionTwins.sumOfSquares(Array(elements[start..<min(start + 4096, elements.count)])))
      }
    }
    #expect(norm() == sum.squareRoot())
  }

  @Test("is the same for any number of threads", arguments: [2, 3])
  func threads(_ count: Int) {
    #expect(norm(team: ThreadTeam(count: count)) == norm())
  }

  @Test("shows a gradient that is not finite", arguments: [Float.nan, .infinity])
  func diverged(_ value: Float) {
    var gradients = gradients
    gradients[1][0, 4096] = value
    #expect(!gradients.clip(toNorm: 1).isFinite)
  }

  @Test("the factor is 1 unless the norm is above the limit")
  func scale() {
    #expect(GradientNorm.scale(norm: 10, limit: 5) == 0.5)
    #expect(GradientNorm.scale(norm: 5, limit: 5) == 1)
    #expect(GradientNorm.scale(norm: 1, limit: 5) == 1)
    #expect(GradientNorm.scale(norm: 0, limit: 5) == 1)
    #expect(GradientNorm.scale(norm: 10, limit: nil) == 1)
  }

  @Test("clipping scales every element by the same factor, in place of copies")
  func clip() {
    var clipped = gradients
    let norm = clipped.clip(toNorm: 2)
    let scale = GradientNorm.scale(norm: norm, limit: 2)
    for (found, before) in zip(clipped, gradients) {
      expectSameBits(found.elements, before.elements.map { $0 * scale })
    }
    #expect(abs(clipped.clip(toNorm: 3) - 2) < 1e-5)
  }
}
