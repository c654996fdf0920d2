import CEddyKernels
import EddyNN
import Testing

@Suite("Reductions equal their twins bit for bit")
struct ReductionTests {
  static let sizes = [1, 2, 5, 9, 16, 17, 33, 65, 4095, 4096, 4097]

  @Test("log-sum-exp", arguments: KernelSet.all)
  func logSum(_ set: KernelSet) {
    for size in Self.sizes {
      let x = Formula(size).floats(size, bound: 20)
      let (buffer, expected) = (Guarded(x), ReductionTwins.logSum(x))
      var (largest, sum) = (Float(0), 0.0)
      unsafe set.table.log_sum(buffer.base, size, &largest, &sum)
      #expect(largest == expected.largest && sum == expected.sum, "\(size) elements")
      #expect(buffer.isIntact)
      expectSameBits(buffer.elements, x, "log_sum changed its input of \(size)")
    }
  }

  @Test("softmax gradient", arguments: KernelSet.all)
  func softmaxGradient(_ set: KernelSet) {
    for size in Self.sizes {
      for target in Set([0, size / 2, size - 1]) {
        let x = Formula(size).floats(size, bound: 20)
        let (buffer, expected) = (Guarded(x), ReductionTwins.logSum(x))
        var (largest, sum) = (Float(0), 0.0)
        unsafe set.table.softmax_gradient(buffer.base, size, target, 0.125, &largest, &sum)
        #expect(largest == expected.largest && sum == expected.sum, "\(size) elements")
        #expect(buffer.isIntact)
        expectSameBits(
          buffer.elements, ReductionTwins.softmaxGradient(x, target: target, scale: 0.125),
          "target \(target) of \(size)")
      }
    }
  }

  @Test("softmax of extreme scores", arguments: KernelSet.all)
  func extremes(_ set: KernelSet) {
    let x: [Float] = [-.infinity, 3e38, -3e38, 3e38, 0, -0.0, -.infinity]
    let buffer = Guarded(x)
    var (largest, sum) = (Float(0), 0.0)
    unsafe set.table.softmax_gradient(buffer.base, x.count, 1, 1, &largest, &sum)
    #expect(largest == 3e38 && sum == 2)
    #expect(buffer.elements == [0, -0.5, 0, 0.5, 0, 0, 0])
  }

  @Test("a largest score of zero is +0", arguments: KernelSet.all, 0...17)
  func zeros(_ set: KernelSet, at index: Int) {
    var x = Formula(1).floats(40).map { -$0.magnitude }
    (x[index], x[index + 3], x[22]) = (-0.0, 0, -0.0)
    let (buffer, expected) = (Guarded(x), ReductionTwins.logSum(x))
    var (largest, sum) = (Float(0), 0.0)
    unsafe set.table.log_sum(buffer.base, x.count, &largest, &sum)
    expectSameBits([largest], [expected.largest])
    #expect(largest.bitPattern == 0 && sum == expected.sum)
  }

  @Test("a NaN score shows in the sum", arguments: KernelSet.all, [0, 1, 17, 39])
  func nan(_ set: KernelSet, at index: Int) {
    var x = Formula(1).floats(40)
    x[index] = .nan
    let buffer = Guarded(x)
    var (largest, sum) = (Float(0), 0.0)
    unsafe set.table.log_sum(buffer.base, x.count, &largest, &sum)
    #expect(sum.isNaN)
  }

  @Test("sum of squares", arguments: KernelSet.all)
  func sumOfSquares(_ set: KernelSet) {
    for size in [0] + Self.sizes.dropLast() {
      let x = Formula(size).floats(size, bound: 3)
      let buffer = Guarded(x)
      let sum = unsafe set.table.sum_of_squares(buffer.base, size)
      expectSameBits([sum], [ReductionTwins.sumOfSquares(x)], "\(size) elements")
    }
  }

  @Test("addition", arguments: KernelSet.all)
  func add(_ set: KernelSet) {
    for size in [0] + Self.sizes.dropLast(3) {
      let (x, y) = (Formula(1).floats(size), Formula(2).floats(size))
      let (from, to) = (Guarded(x), Guarded(y))
      unsafe set.table.add(to.base, from.base, size)
      #expect(to.isIntact)
      expectSameBits(to.elements, zip(x, y).map { $1 + $0 }, "\(size) elements")
    }
  }
}
