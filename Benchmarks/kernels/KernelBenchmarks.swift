import Benchmark
import CEddyKernels
import EddyNN

/// What training and generation spend their time on, each on one thread, in the shapes of an LSTM of two layers:
/// 20 sequences of 35 steps, 200 or 650 hidden units, 10,000 words.
let benchmarks: @Sendable () -> Void = {
  unsafe Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock], warmupIterations: 10, maxDuration: .seconds(2),
    // A shared machine drifts by a third.
    thresholds: [.wallClock: .init(relative: [.p50: 50, .p90: 50])])

  // One time step.
  product(rows: 20, depth: 200, columns: 800)
  product(rows: 20, depth: 650, columns: 2600)
  // The scores of a window, and their way back.
  product(rows: 700, depth: 200, columns: 10_000)
  product(rows: 700, depth: 10_000, columns: 200)
  transposedProduct(rows: 700, left: 10_000, right: 200)
  // The scores of one token.
  product(rows: 1, depth: 650, columns: 10_000)
  product(rows: 1, depth: 650, columns: 10_000, precision: .int8)

  softmax(words: 10_000)
  gates(batch: 20, hidden: 650)
  passes(weights: 2_000_000)
}

/// Numbers in −1 ..< 1.
private func random(_ rows: Int, _ columns: Int) -> Matrix {
  var matrix = Matrix(rows: rows, columns: columns)
  Philox(seed: 0).fillUniform(&matrix, bound: 1, purpose: .initialWeights, stream: 0)
  return matrix
}

private func product(rows: Int, depth: Int, columns: Int, precision: Precision = .float32) {
  let operand = random(rows, depth)
  let weights = random(columns, depth)
  let panels = PackedMatrix(depth: depth, columns: columns, precision: precision)
  ThreadTeam.serial.run { panels.pack(weights.view, transposed: true, member: $0) }
  let result = Buffer(rows: rows, columns: columns)
  let suffix = precision == .float32 ? "" : "-\(precision)"
  Benchmark("product-\(rows)x\(depth)-\(depth)x\(columns)\(suffix)") { _ in
    ThreadTeam.serial.run { $0.multiply(Operand(operand.view), panels, into: result.view) }
  }
}

/// `[rows, left]ᵀ·[rows, right]`.
private func transposedProduct(rows: Int, left: Int, right: Int) {
  let operand = random(rows, left)
  let other = random(rows, right)
  let panels = PackedMatrix(depth: rows, columns: right)
  ThreadTeam.serial.run { panels.pack(other.view, member: $0) }
  let result = Buffer(rows: left, columns: right)
  Benchmark("transposed-\(rows)x\(left)-\(rows)x\(right)") { _ in
    let gradient = GradientView(result.view)
    ThreadTeam.serial.run {
      $0.multiplyTransposed(Operand(operand.view), panels, into: gradient)
    }
  }
}

private func softmax(words: Int) {
  let scores = Buffer(random(1, words))
  Benchmark("softmax-\(words)") { _ in
    var largest: Float = 0
    var sum = 0.0
    unsafe Kernels.best.table.pointee.log_sum(scores.view.base, words, &largest, &sum)
    blackHole(sum)
  }
  Benchmark("softmax-gradient-\(words)") { _ in
    var largest: Float = 0
    var sum = 0.0
    unsafe Kernels.best.table.pointee.softmax_gradient(
      scores.view.base, words, 0, 1, &largest, &sum)
    blackHole(sum)
  }
}

private func gates(batch: Int, hidden: Int) {
  let gates = Buffer(random(batch, 4 * hidden))
  let gradients = Buffer(rows: batch, columns: 4 * hidden)
  let (before, above) = (random(batch, hidden), random(batch, hidden))
  let future = Matrix(rows: batch, columns: hidden)
  let hiddens = Buffer(rows: batch, columns: hidden)
  let cells = Buffer(rows: batch, columns: hidden)
  let tanhCells = Buffer(rows: batch, columns: hidden)
  let cellGradients = Buffer(rows: batch, columns: hidden)
  Benchmark("lstm-forward-\(batch)x\(hidden)") { _ in
    unsafe Kernels.best.table.pointee.lstm_forward(
      hiddens.view.base, cells.view.base, tanhCells.view.base, gates.view.base, before.view.base,
      batch, hidden, 0, hidden)
  }
  Benchmark("lstm-backward-\(batch)x\(hidden)") { _ in
    unsafe Kernels.best.table.pointee.lstm_backward(
      gradients.view.base, cellGradients.view.base, above.view.base, future.view.base,
      gates.view.base, tanhCells.view.base, before.view.base, batch, hidden, 0, hidden)
  }
}

private func passes(weights count: Int) {
  let gradients = random(1, count)
  let weights = Buffer(rows: 1, columns: count)
  let means = Buffer(rows: 1, columns: count)
  let squares = Buffer(rows: 1, columns: count)
  Benchmark("sgd-\(count)") { _ in
    unsafe Kernels.best.table.pointee.sgd(
      weights.view.base, gradients.view.base, count, 1, 0.001)
  }
  Benchmark("adamw-\(count)") { _ in
    unsafe Kernels.best.table.pointee.adamw(
      weights.view.base, gradients.view.base, means.view.base, squares.view.base, count, 1, 0.001,
      0.9, 0.999, 1e-8, 1e-5, 1, 1)
  }
}
