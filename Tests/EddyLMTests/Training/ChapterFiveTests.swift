import EddyFiles
import EddyLM
import EddyNN
import Testing

/// The training run of the book's chapter 5, against `../shared/reference/chapter5`: made in float64 with
/// automatic differentiation, checked against numpy (see the README there).
@Suite("chapter 5 of the book", .enabled(if: Shared.isPresent, Shared.missing))
struct ChapterFiveTests {
  private let options: TrainingOptions = {
    var options = TrainingOptions()
    options.model = .rnn
    options.sizes = NetworkSizes(embedding: 100, hidden: 100, layers: 1)
    options.batchSize = 10
    options.windowLength = 5
    options.epochs = 100
    options.optimiser = .sgd
    options.learningRate = 0.1
    options.schedule = .constant
    options.clip = nil
    return options
  }()

  private func file(_ name: String) throws -> Safetensors {
    try Safetensors(path: Shared.path("reference/chapter5/\(name)"))
  }

  /// A tensor of the reference as one of ours: there `y = x·W`, here `y = x·Wᵀ`.
  private func matrix(_ name: String, of file: Safetensors) throws -> Matrix {
    let shape = try file.tensor(name).shape
    let values = try file.floats(name)
    guard shape.count == 2 else { return Matrix(rows: 1, columns: values.count, elements: values) }
    guard !name.hasSuffix("embed_W"), shape[0] != 10 else {
      return Matrix(rows: shape[0], columns: shape[1], elements: values)
    }
    var matrix = Matrix(rows: shape[1], columns: shape[0])
    for row in 0..<shape[0] {
      for column in 0..<shape[1] { matrix[column, row] = values[row * shape[1] + column] }
    }
    return matrix
  }

  private func network(_ file: Safetensors, prefix: String = "") throws -> RecurrentNetwork<RNNCell>
  {
    var network = RecurrentNetwork<RNNCell>(vocabularySize: 440, sizes: options.sizes)
    network.embedding.weights = try matrix(prefix + "embed_W", of: file)
    network.layers[0].inputWeights = try matrix(prefix + "rnn_Wx", of: file)
    network.layers[0].recurrentWeights = try matrix(prefix + "rnn_Wh", of: file)
    network.layers[0].bias = try matrix(prefix + "rnn_b", of: file)
    network.decoder.weights = try matrix(prefix + "affine_W", of: file)
    network.decoder.bias = try matrix(prefix + "affine_b", of: file)
    return network
  }

  private func trainer(team: ThreadTeam = .serial) throws -> Trainer<
    RecurrentNetwork<RNNCell>, [Int]
  > {
    let start = try network(file("init.safetensors"))
    return Trainer(
      state: TrainerState(network: start, options: options),
      tokens: try file("data.safetensors").integers("tokens"), options: options, team: team)
  }

  /// The largest difference, as a share of the reference's largest magnitude.
  private func difference(_ found: Matrix, _ expected: Matrix) -> Float {
    let (found, expected) = (found.elements, expected.elements)
    let largest = expected.reduce(0) { max($0, abs($1)) }
    return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
  }

  private func expectClose(
    _ found: RecurrentNetwork<RNNCell>, _ expected: RecurrentNetwork<RNNCell>
  ) {
    for parameter in found.parameters {
      let difference = difference(
        found[keyPath: parameter.path], expected[keyPath: parameter.path])
      #expect(difference < 1e-5, "\(parameter.name)")
    }
  }

  @Test("our windows are the book's batches, wrap included")
  func windows() throws {
    let data = try file("data.safetensors")
    let tokens = try data.integers("tokens")
    let xs = try data.integers("batch_x")
    let targets = try data.integers("batch_t")
    let positions = try data.integers("batch_pos")
    let windows = Windows(tokenCount: tokens.count, batchSize: 10, length: 5)
    #expect(windows.perEpoch == 19)
    var (inputs, next): ([Int], [Int]) = ([], [])
    for update in 0..<1900 {
      windows.read(update, from: update * 5, of: tokens, inputs: &inputs, targets: &next)
      for b in 0..<10 {
        for t in 0..<5 {
          let reference = (update * 10 + b) * 5 + t
          #expect(windows.position(step: update * 5 + t, stream: b) == positions[reference])
          #expect(inputs[t * 10 + b] == xs[reference])
          #expect(next[t * 10 + b] == targets[reference])
        }
      }
    }
  }

  @Test("gradients of the first update, weights after the first epoch")
  func firstEpoch() throws {
    var trainer = try trainer()
    _ = try trainer.update()
    let first = try file("iter1.safetensors")
    expectClose(trainer.gradients, try network(first, prefix: "grad."))
    let state = trainer.state.streams.layers[0].hidden
    #expect(difference(state, try matrix("h_out", of: first)) < 1e-5)
    for _ in 1..<19 { _ = try trainer.update() }
    expectClose(trainer.state.network, try network(file("after_iter19.safetensors")))
  }

  @Test("the loss of all 1900 updates")
  func curve() throws {
    let path = Shared.path("reference/chapter5/curve.json")
    var reader = try LineReader(path: path)
    var text: [UInt8] = []
    while let line = try reader.next() { text += line.bytes }
    let curve = try #require(try JSON(parsing: text)["loss"]?["f64"]?.array)
    try #require(curve.count == 1900)
    var trainer = try trainer()
    for (index, value) in curve.enumerated() {
      let expected = try #require(value.number)
      let loss = try trainer.update().loss
      let difference = abs(loss - expected) / expected
      #expect(difference < (index < 950 ? 1e-6 : 1e-4), "update \(index + 1)")
    }
  }
}
