import EddyNN
import Testing

@Suite("Philox4×32-10")
struct PhiloxTests {
  /// One line of `tests/kat_vectors` in the authors' library, Random123.
  struct KnownAnswer: Sendable {
    var counter: SIMD4<UInt32>
    var key: SIMD2<UInt32>
    var answer: SIMD4<UInt32>

    static let all = [
      KnownAnswer(
        counter: SIMD4(repeating: 0), key: SIMD2(repeating: 0),
        answer: SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
      KnownAnswer(
        counter: SIMD4(repeating: 0xffff_ffff), key: SIMD2(repeating: 0xffff_ffff),
        answer: SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
      KnownAnswer(
        counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        key: SIMD2(0xa409_3822, 0x299f_31d0),
        answer: SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)),
    ]
  }

  @Test("equals the authors' known answers", arguments: KnownAnswer.all)
  func knownAnswers(_ known: KnownAnswer) {
    let seed = UInt64(known.key.y) << 32 | UInt64(known.key.x)
    #expect(Philox(seed: seed).block(known.counter) == known.answer)
  }

  @Test("a filled matrix is uniform, and each row has a counter of its own")
  func fillUniform() {
    let philox = Philox(seed: 7)
    var matrix = Matrix(rows: 40, columns: 33)
    philox.fillUniform(&matrix, bound: 0.5, purpose: .initialWeights, stream: 3)
    #expect(matrix.elements.allSatisfy { $0 >= -0.5 && $0 < 0.5 })
    #expect(Set(matrix.elements).count > 1300)
    let mean = matrix.elements.reduce(0) { $0 + Double($1) } / 1320
    // Six standard deviations of the mean of 1320 numbers.
    #expect(abs(mean) < 6 * (1 / 12.0 / 1320).squareRoot())
    let words = philox.block(SIMD4(Philox.Purpose.initialWeights.rawValue, 3, 2, 1))
    #expect(matrix[2, 5] == 0.5 * (2 * Philox.unit(words[1]) - 1))
    var fewer = Matrix(rows: 5, columns: 33)
    philox.fillUniform(&fewer, bound: 0.5, purpose: .initialWeights, stream: 3)
    #expect(fewer == matrix.rows(from: 0, count: 5))
  }

  @Test("seeds, purposes and streams are independent")
  func independence() {
    func matrix(_ seed: UInt64, _ purpose: Philox.Purpose, _ stream: UInt32) -> Matrix {
      var matrix = Matrix(rows: 3, columns: 8)
      Philox(seed: seed).fillUniform(&matrix, bound: 1, purpose: purpose, stream: stream)
      return matrix
    }
    let one = matrix(1, .initialWeights, 0)
    #expect(one == matrix(1, .initialWeights, 0))
    for other in [
      matrix(2, .initialWeights, 0), matrix(1 << 32 | 1, .initialWeights, 0),
      matrix(1, .sampling, 0), matrix(1, .initialWeights, 1),
    ] {
      #expect(Set(one.elements).isDisjoint(with: other.elements))
    }
  }

  @Test("words become numbers in 0 ..< 1")
  func unit() {
    #expect(Philox.unit(0) == 0)
    #expect(Philox.unit(0xff) == 0)
    #expect(Philox.unit(0x8000_0000) == 0.5)
    #expect(Philox.unit(.max) == 1 - 0x1p-24)
  }

  @Test("a sequence is a value: a copy repeats it")
  func sequence() {
    var sequence = PhiloxSequence(seed: 5, purpose: .sampling, stream: 2)
    let words = Philox(seed: 5).block(SIMD4(Philox.Purpose.sampling.rawValue, 2, 0, 0))
    let first = sequence.next()
    #expect(first == UInt64(words.x) | UInt64(words.y) << 32)
    var copy = sequence
    #expect(copy == sequence)
    let units = (0..<1000).map { _ in sequence.nextUnit() }
    #expect(units == (0..<1000).map { _ in copy.nextUnit() })
    #expect(units.allSatisfy { (0..<1).contains($0) })
    #expect(Set(units).count == 1000)
  }
}
