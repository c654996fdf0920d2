import CEddyKernels
import EddyNN
import Testing

/// An element-wise function: the kernel, its twin, its truth.
enum ElementwiseFunction: CaseIterable {
  case exponential, hyperbolicTangent, sigmoid

  /// What the kernel makes of `x`.
  func values(_ x: [Float], by set: KernelSet) -> [Float] {
    let buffer = Guarded(x)
    switch self {
    case .exponential: unsafe set.table.exponential(buffer.base, x.count)
    case .hyperbolicTangent: unsafe set.table.hyperbolic_tangent(buffer.base, x.count)
    case .sigmoid: unsafe set.table.sigmoid(buffer.base, x.count)
    }
    #expect(buffer.isIntact)
    return buffer.elements
  }

  func twin<Scalar: TwinFloat>(_ x: Scalar) -> Scalar {
    switch self {
    case .exponential: Scalar.exponential(x)
    case .hyperbolicTangent: Scalar.hyperbolicTangent(x)
    case .sigmoid: Scalar.sigmoid(x)
    }
  }

  /// The largest error that is allowed, in units in the last place of the true value.
  var accuracy: Double {
    switch self {
    case .exponential: 1
    case .hyperbolicTangent: 1.5
    case .sigmoid: 2
    }
  }
}

@Suite("exp, tanh and the logistic function")
struct FunctionTests {
  /// Every `stride`-th float of both signs up to 110: all magnitudes alike.
  static func samples(stride step: UInt32) -> [Float] {
    stride(from: 0, through: Float(110).bitPattern, by: Int(step)).flatMap {
      [Float(bitPattern: $0), -Float(bitPattern: $0)]
    }
  }

  static let special: [Float] =
    [
      0, -0.0, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
      .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
      -.leastNormalMagnitude, .leastNormalMagnitude.nextDown, 0.625, Float(0.625).nextDown, -0.625,
      1e-30, 1, -1, 87.33654, 88.72283, 88.722839, 89, 103.27893, 103.97208, 104, 105, 1e9,
    ] + stride(from: Float(87), through: 105, by: 0.25).flatMap { [$0, -$0] }

  @Test(
    "kernels equal their twins bit for bit", arguments: ElementwiseFunction.allCases, KernelSet.all)
  func twins(_ function: ElementwiseFunction, _ set: KernelSet) {
    for x in [Self.samples(stride: 40_009), Self.special] {
      expectSameBits(
        function.values(x, by: set), x.map { function.twin($0) },
        "\(function) \(set.kernels.name)")
    }
    for count in [0, 1, 3, 4, 5, 8, 9, 15, 16, 17, 31, 33, 65] {
      let x = Formula(count).floats(count, bound: 5)
      expectSameBits(
        function.values(x, by: set), x.map { function.twin($0) },
        "\(function) \(set.kernels.name) of \(count)")
    }
  }

  @Test(
    "special values", arguments: ElementwiseFunction.allCases, KernelSet.all)
  func specialValues(_ function: ElementwiseFunction, _ set: KernelSet) {
    let x: [Float] = [0, -0.0, .infinity, -.infinity, 1e9, -1e9]
    let expected: [Float] =
      switch function {
      case .exponential: [1, 1, .infinity, 0, .infinity, 0]
      case .hyperbolicTangent: [0, -0.0, 1, -1, 1, -1]
      case .sigmoid: [0.5, 0.5, 1, 0, 1, 0]
      }
    expectSameBits(function.values(x, by: set), expected, "\(function)")
    let nan = function.values([.nan, 1, -.nan, .signalingNaN], by: set)
    #expect(nan.map(\.isNaN) == [true, false, true, true])
  }

  @Test("are as accurate as promised", arguments: ElementwiseFunction.allCases)
  func accuracy(_ function: ElementwiseFunction) {
    let x = Self.samples(stride: 8009) + Formula(1).floats(20_000, bound: 20)
    let found = function.values(x, by: KernelSet.all[0])
    var worst = (ulps: 0.0, x: Float(0))
    for (x, value) in zip(x, found) {
      let truth = function.twin(Double(x))
      let nearest = Float(truth)
      guard nearest.isFinite else {
        #expect(value == nearest, "\(function)(\(x))")
        continue
      }
      // The logistic function divides by exp(−x), which overflows where the result is subnormal.
      guard function != .sigmoid || nearest.isNormal else {
        #expect(value >= 0 && value < .leastNormalMagnitude, "\(function)(\(x))")
        continue
      }
      let ulps = abs(Double(value) - truth) / Double(nearest.ulp)
      if !(ulps <= worst.ulps) { worst = (ulps, x) }
    }
    #expect(
      worst.ulps <= function.accuracy, "\(function)(\(worst.x)) is \(worst.ulps) ulp off")
  }
}
