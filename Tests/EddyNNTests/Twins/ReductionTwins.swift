/// Plain loops that repeat Sources/CEddyKernels/body/softmax.h.
enum ReductionTwins {
  /// The sum of 16 lanes, halved until one is left.
  private static func fold(_ lanes: [Float]) -> Float {
    var lanes = lanes
    while lanes.count > 1 {
      let half = lanes.count / 2
      lanes = (0..<half).map { lanes[$0] + lanes[$0 + half] }
    }
    return lanes[0]
  }

  static func sumOfSquares(_ x: [Float]) -> Float {
    var lanes = [Float](repeating: 0, count: 16)
    for (index, value) in x.enumerated() { lanes[index % 16].addProduct(value, value) }
    return fold(lanes)
  }

  /// The largest element (a zero is +0), and Σ exp(x − largest) in chunks of 4096.
  static func logSum(_ x: [Float]) -> (largest: Float, sum: Double) {
    let largest = x.dropFirst().reduce(x[0]) { $1 > $0 ? $1 : $0 } + 0
    var sum = 0.0
    for chunk in stride(from: 0, to: x.count, by: 4096) {
      var lanes = [Float](repeating: 0, count: 16)
      for index in chunk..<min(chunk + 4096, x.count) {
        lanes[(index - chunk) % 16] += Float.exponential(x[index] - largest)
      }
      sum += Double(fold(lanes))
    }
    return (largest, sum)
  }

  /// scale · (softmax(x) − one-hot(target))
  static func softmaxGradient(_ x: [Float], target: Int, scale: Float) -> [Float] {
    let (largest, sum) = logSum(x)
    let factor = Float(Double(scale) / sum)
    var result = x.map { Float.exponential($0 - largest) * factor }
    result[target] -= scale
    return result
  }
}

extension ReductionTwins {
  /// What is left of scale · (softmax(x) − one-hot(target)), block by block of 32.
  struct ThinnedGradient {
    /// The blocks that are kept, ascending.
    var kept: [Int] = []
    /// The gradient; zeros where it is left out.
    var values: [Float]
  }

  /// A block whose largest |softmax(x) − one-hot| is `m < epsilon` is kept where `random`, as a number
  /// between 0 and 1, is less than `m / epsilon`, and is divided by that.
  static func thinnedGradient(
    _ x: [Float], target: Int, scale: Float, epsilon: Float, random: [UInt32]
  ) -> ThinnedGradient {
    let (largest, sum) = logSum(x)
    let inverse = Float(1 / sum)
    var result = ThinnedGradient(values: Array(repeating: 0, count: x.count))
    for block in 0..<(x.count + 31) / 32 {
      let columns = block * 32..<min(block * 32 + 32, x.count)
      var gradient = columns.map { Float.exponential(x[$0] - largest) * inverse }
      if columns.contains(target) { gradient[target - columns.lowerBound] -= 1 }
      let size = gradient.reduce(0) { abs($1) > $0 ? abs($1) : $0 }
      let number = (Float(random[block]) + 0.5) * 0x1p-32
      guard size >= epsilon || number * epsilon < size else { continue }
      result.kept.append(block)
      let factor = size < epsilon ? scale * (epsilon / size) : scale
      for column in columns {
        result.values[column] = gradient[column - columns.lowerBound] * factor
      }
    }
    return result
  }
}
