import CEddyKernels
import EddyNN
import Testing

@Suite("The thinned softmax gradient equals its twin bit for bit")
struct ThinnedGradientKernelTests {
  /// What the kernel does to one row of scores.
  private struct Outcome {
    var kept: [Int]
    /// What the scores became; anything in blocks that are left out.
    var values: [Float]
    var largest: Float
    var sum: Double

    /// The columns of the blocks that are kept.
    var columns: [Int] {
      kept.flatMap { Array($0 * 32..<min($0 * 32 + 32, values.count)) }
    }
  }

  private func thin(
    _ x: [Float], target: Int, scale: Float = 0.125, epsilon: Float, random: [UInt32],
    by set: KernelSet
  ) -> Outcome {
    let buffer = Guarded(x)
    let blocks = (x.count + 31) / 32
    precondition(random.count >= blocks)
    var kept = [Int32](repeating: -7, count: blocks + 1)
    var (largest, sum) = (Float(0), 0.0)
    let count = unsafe set.table.thinned_gradient(
      buffer.base, x.count, target, scale, epsilon, random, &kept, &largest, &sum)
    #expect(buffer.isIntact)
    #expect(kept[count...].allSatisfy { $0 == -7 })
    return Outcome(
      kept: kept.prefix(count).map(Int.init), values: buffer.elements, largest: largest, sum: sum)
  }

  @Test("values, blocks, sums", arguments: KernelSet.all)
  func twin(_ set: KernelSet) {
    for size in [1, 2, 5, 16, 17, 31, 32, 33, 63, 64, 65, 97, 200, 4097] {
      let x = Formula(size).floats(size, bound: 6)
      let random = (0..<129).map { Formula(size + 1).word($0) }
      let logSum = ReductionTwins.logSum(x)
      for target in size < 1000 ? Set([0, size / 2, size - 1]) : [size - 1] {
        for epsilon in [1e-30, 0.004, 0.05, 1, 30] as [Float] {
          let found = thin(x, target: target, epsilon: epsilon, random: random, by: set)
          let expected = ReductionTwins.thinnedGradient(
            x, target: target, scale: 0.125, epsilon: epsilon, random: random)
          let what = "\(set.kernels.name) target \(target) of \(size), ε = \(epsilon)"
          #expect(found.largest == logSum.largest && found.sum == logSum.sum, "\(what)")
          #expect(found.kept == expected.kept, "\(what)")
          expectSameBits(
            found.columns.map { found.values[$0] }, found.columns.map { expected.values[$0] }, what)
        }
      }
    }
  }

  @Test("a tiny ε keeps everything: the full gradient", arguments: KernelSet.all)
  func everything(_ set: KernelSet) {
    for size in [1, 5, 32, 33, 100] {
      let x = Formula(size).floats(size, bound: 6)
      for target in Set([0, size / 2, size - 1]) {
        let full = Guarded(x)
        var (largest, sum) = (Float(0), 0.0)
        unsafe set.table.softmax_gradient(full.base, size, target, 0.125, &largest, &sum)
        let found = thin(
          x, target: target, epsilon: 1e-20, random: [UInt32](repeating: .max, count: 4), by: set)
        // With one column there is nothing to be learned, and nothing is kept.
        #expect(found.kept == (size == 1 ? [] : Array(0..<(size + 31) / 32)))
        #expect(found.largest == largest && found.sum == sum)
        // Each rounds the probability and its product with the scale, and the target's difference.
        for column in found.columns {
          let tolerance = 2 * (column == target ? Float(0.125) : full.elements[column]).ulp
          #expect(abs(found.values[column] - full.elements[column]) <= tolerance)
        }
      }
    }
  }

  /// A row with blocks of the largest |p − y| of about 1, 10⁻², 10⁻³ and less.
  private let steps: [Float] = (0..<4).flatMap { block in
    Formula(block).floats(block == 3 ? 7 : 32, bound: 0.5).map { $0 - 2.3 * Float(block) }
  }

  @Test(
    "a block is kept as often as it is large, and divided by that", arguments: KernelSet.all,
    [0, 127, 127 - 28])
  func share(_ set: KernelSet, _ place: Int) {
    let target = min(place, steps.count - 1)
    let epsilon: Float = 0.02
    let exact = thin(
      steps, target: target, epsilon: 1e-30, random: [0, 0, 0, 0], by: set)
    let count = 512
    var kept = [0, 0, 0, 0]
    for draw in 0..<count {
      // The middles of equal parts of all words.
      let word = UInt32(draw) << 23 + 1 << 22
      let found = thin(
        steps, target: target, epsilon: epsilon, random: [word, word, word, word], by: set)
      for block in found.kept { kept[block] += 1 }
      for column in found.columns {
        let block = column / 32 * 32..<min(column / 32 * 32 + 32, steps.count)
        let size = block.map { abs(exact.values[$0]) }.max() ?? 0
        let expected = exact.values[column] * max(1, epsilon * 0.125 / size)
        #expect(abs(found.values[column] - expected) <= 1e-5 * abs(expected))
      }
    }
    for block in 0..<4 {
      let size = exact.values[block * 32..<min(block * 32 + 32, steps.count)].map(abs).max() ?? 0
      let share = min(1, size / 0.125 / epsilon)
      #expect(abs(Float(kept[block]) / Float(count) - share) <= 1.01 / Float(count), "\(block)")
    }
    #expect(kept[target / 32] == count && kept.contains { $0 > 0 && $0 < count })
  }

  @Test(
    "whatever the words, what is kept is finite", arguments: KernelSet.all, [0, .max] as [UInt32])
  func extremes(_ set: KernelSet, _ word: UInt32) {
    // Probabilities of 1, of the least floats, and 0.
    let x = (0..<128).map { column -> Float in
      [0, -85, -100, -300][column / 32] - Float(column % 32) / 16
    }
    for target in [0, 40, 70, 127] {
      let found = thin(
        x, target: target, epsilon: 1, random: [word, word, word, word], by: set)
      #expect(found.columns.allSatisfy { found.values[$0].isFinite })
      #expect(found.sum.isFinite)
      // Where the target is, something is to be learned, unless it was certain.
      #expect(found.kept.contains(target / 32) || target == 0 || word == .max)
    }
    // As large as ε: not a matter of chance.
    let even = thin(
      [Float](repeating: 1, count: 2), target: 1, epsilon: 0.5, random: [word], by: set)
    #expect(even.kept == [0] && even.values == [0.0625, -0.0625])
  }

  @Test("one word is certain, and its gradient is 0", arguments: KernelSet.all)
  func certain(_ set: KernelSet) {
    let found = thin([3], target: 0, epsilon: 0.01, random: [5], by: set)
    #expect(found.kept.isEmpty && found.largest == 3 && found.sum == 1)
  }

  @Test("a score that is NaN shows in the sum", arguments: KernelSet.all, [0, 1, 17, 39])
  func nan(_ set: KernelSet, at index: Int) {
    var x = Formula(1).floats(40)
    x[index] = .nan
    #expect(thin(x, target: 3, epsilon: 0.01, random: [5, 5], by: set).sum.isNaN)
  }
}
