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
