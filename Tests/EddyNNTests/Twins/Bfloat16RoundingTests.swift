import CEddyKernels
import EddyNN
import Testing

@Suite("Rounding to bfloat16 equals its twin bit for bit")
struct Bfloat16RoundingTests {
  /// Zeros, ties to both sides, infinities, NaNs, numbers below 2⁻¹²⁶ and at the edges between all these.
  static let special: [Float] = [
    0x0000_0000, 0x0000_0001, 0x0000_7FFF, 0x0000_8000, 0x0000_8001, 0x0001_7FFF, 0x0001_8000,
    0x0001_8001, 0x0002_8000, 0x007F_7FFF, 0x007F_8000, 0x007F_FFFF, 0x0080_0000, 0x0080_8000,
    0x0081_8000, 0x3F80_7FFF, 0x3F80_8000, 0x3F80_8001, 0x3F81_8000, 0x3FFF_8000, 0x7F7F_7FFF,
    0x7F7F_8000, 0x7F7F_FFFF, 0x7F80_0000, 0x7F80_0001, 0x7F80_8000, 0x7F81_0000, 0x7FBF_FFFF,
    0x7FC0_0000, 0x7FC1_8000, 0x7FFF_8000, 0x7FFF_FFFF,
  ].flatMap { [Float(bitPattern: $0), Float(bitPattern: $0 | 0x8000_0000)] }

  /// The halves of the units of a matrix.
  private func halves(_ matrix: Guarded) -> [UInt16] {
    matrix.elements.flatMap {
      [UInt16(truncatingIfNeeded: $0.bitPattern), UInt16($0.bitPattern >> 16)]
    }
  }

  private func expect(
    _ found: [UInt16], _ expected: [UInt16], _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard found != expected else { return }
    let index = zip(found, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? -1
    Issue.record(
      "\(what): bfloat16 \(index) of \(found.count), expected \(expected.count)",
      sourceLocation: sourceLocation)
  }

  private func round(_ x: [Float], by set: KernelSet) -> [UInt16] {
    let (from, to) = (Guarded(x), Guarded(columns: (x.count + 1) / 2))
    unsafe to.base.withMemoryRebound(to: UInt16.self, capacity: x.count) {
      unsafe set.table.round_bfloat16($0, 0, from.base, 0, 1, x.count)
    }
    #expect(to.isIntact && from.isIntact)
    return Array(halves(to).prefix(x.count))
  }

  @Test("of all kinds of numbers", arguments: KernelSet.all)
  func values(_ set: KernelSet) {
    let samples = stride(from: UInt32(0x0001_2345), to: 0xFFF0_0000, by: 300_007).map {
      Float(bitPattern: $0)
    }
    for x in [Self.special, samples, [1] + Self.special] {
      expect(round(x, by: set), x.map { Bfloat16Twins.rounded($0) }, set.kernels.name)
    }
    // One by one, where there is no whole vector.
    for x in Self.special { expect(round([x], by: set), [Bfloat16Twins.rounded(x)], "\(x)") }
  }

  @Test("what is known of it", arguments: KernelSet.all)
  func known(_ set: KernelSet) {
    let x: [Float] = [
      1, -1, 0x1.01p0, 0x1.03p0, 0x1.010002p0, -0x1.03p0, .infinity, .greatestFiniteMagnitude,
      .leastNonzeroMagnitude, 0x1p-134, 0x1.8p-133, -0.0, .nan, -.nan,
    ]
    let expected: [UInt16] = [
      0x3F80, 0xBF80, 0x3F80, 0x3F82, 0x3F81, 0xBF82, 0x7F80, 0x7F80, 0, 0, 2, 0x8000, 0x7FC0,
      0xFFC0,
    ]
    expect(round(x, by: set), expected, set.kernels.name)
  }

  @Test("rows at a distance, and nothing else", arguments: KernelSet.all)
  func rows(_ set: KernelSet) {
    for columns in [0, 1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 31, 33, 65] {
      let x = TwinMatrix(formula: columns, rows: 3, columns: columns, bound: 1e3)
      let (from, to) = (Guarded(x, gap: 5), Guarded(rows: 3, columns: columns + 1, gap: 2))
      var expected = halves(to)
      for row in 0..<3 {
        for column in 0..<columns {
          expected[row * 2 * (columns + 1) + column] = Bfloat16Twins.rounded(x[row, column])
        }
      }
      unsafe to.base.withMemoryRebound(to: UInt16.self, capacity: 6 * to.distance) {
        unsafe set.table.round_bfloat16(
          $0, 2 * to.distance, from.base, from.distance, 3, columns)
      }
      #expect(to.isIntact && from.isIntact)
      expect(halves(to), expected, "\(set.kernels.name) \(columns) columns")
      expectSameBits(from.elements, x.elements)
    }
  }

  @Test("in place", arguments: KernelSet.all)
  func inPlace(_ set: KernelSet) {
    for columns in [1, 2, 3, 5, 8, 9, 16, 17, 31, 32, 33, 47, 64, 65, 100] {
      let x = TwinMatrix(formula: columns, rows: 3, columns: columns)
      let buffer = Guarded(x, gap: 1)
      var expected = halves(buffer)
      for row in 0..<3 {
        for column in 0..<columns {
          expected[row * 2 * columns + column] = Bfloat16Twins.rounded(x[row, column])
        }
      }
      unsafe buffer.base.withMemoryRebound(to: UInt16.self, capacity: 6 * buffer.distance) {
        unsafe set.table.round_bfloat16(
          $0, 2 * buffer.distance, buffer.base, buffer.distance, 3, columns)
      }
      #expect(buffer.isIntact)
      expect(halves(buffer), expected, "\(set.kernels.name) \(columns) columns")
    }
  }

  @Test("in place, some blocks of 32 columns after the other", arguments: KernelSet.all)
  func blocks(_ set: KernelSet) {
    for columns in [33, 64, 97, 150] {
      for picks in [0b11111, 0b10110, 0b01101, 0b10000] {
        let x = Formula(columns).floats(columns)
        let buffer = Guarded(x)
        var expected: [Int: UInt16] = [:]
        for block in 0..<(columns + 31) / 32 where picks >> block & 1 == 1 {
          let part = block * 32..<min(block * 32 + 32, columns)
          for column in part { expected[column] = Bfloat16Twins.rounded(x[column]) }
          unsafe buffer.base.withMemoryRebound(to: UInt16.self, capacity: 2 * columns) {
            unsafe set.table.round_bfloat16(
              $0 + part.lowerBound, 0, buffer.base + part.lowerBound, 0, 1, part.count)
          }
        }
        #expect(buffer.isIntact)
        let found = halves(buffer)
        for (column, value) in expected {
          #expect(found[column] == value, "\(set.kernels.name) \(columns), \(picks): \(column)")
        }
      }
    }
  }
}
