import EddyNN
import Testing

@Suite("Misuse of a recurrent layer stops the program")
struct RecurrentMisuseTests {
  /// An LSTM with 3 inputs and 4 units, and a window of 2 steps of 2 sequences.
  private struct Setting: ~Copyable {
    let layer = LSTM(formula: 1, inputSize: 3, hiddenSize: 4)
    var state: LSTM.State
    var gradients: LSTM
    var trace: LSTM.Trace
    let panels: LSTM.Panels

    init(forTraining: Bool = true) {
      state = layer.initialState(batchSize: 2)
      gradients = layer
      trace = LSTM.Trace(layer, capacity: 2, batchSize: 2, forTraining: forTraining)
      panels = LSTM.Panels(layer, forTraining: forTraining)
    }

    mutating func run(xs: (Int, Int) = (4, 3), hs: (Int, Int) = (4, 4)) {
      var outputs = Buffer(rows: hs.0, columns: hs.1)
      layer.run(
        Buffer(rows: xs.0, columns: xs.1), state: &state, into: &outputs, trace: &trace,
        panels: panels)
    }

    mutating func backward(dhs: (Int, Int) = (4, 4), dxs: (Int, Int) = (4, 3)) {
      var inputs = Buffer(rows: dxs.0, columns: dxs.1)
      layer.backward(
        Buffer(rows: dhs.0, columns: dhs.1), through: trace, into: &gradients, dxs: &inputs,
        dState: &state, panels: panels)
    }
  }

  @Test("and proper use does not")
  func properUse() {
    var setting = Setting()
    setting.run()
    setting.backward()
  }

  @Test("a layer without units")
  func empty() async {
    await #expect(processExitsWith: .failure) { _ = GRU(inputSize: 3, hiddenSize: 0) }
  }

  @Test("a trace without steps")
  func emptyTrace() async {
    await #expect(processExitsWith: .failure) {
      _ = RNN.Trace(
        RNN(inputSize: 1, hiddenSize: 1), capacity: 0, batchSize: 1, forTraining: false)
    }
  }

  @Test("a step with an input of the wrong width")
  func stepWidth() async {
    await #expect(processExitsWith: .failure) {
      var setting = Setting()
      _ = setting.layer.step(Matrix(rows: 2, columns: 4), state: &setting.state)
    }
  }

  @Test("a step with an input of another batch")
  func stepBatch() async {
    await #expect(processExitsWith: .failure) {
      var setting = Setting()
      _ = setting.layer.step(Matrix(rows: 3, columns: 3), state: &setting.state)
    }
  }

  @Test("a run longer than its trace")
  func runLength() async {
    await #expect(processExitsWith: .failure) {
      var setting = Setting()
      setting.run(xs: (6, 3), hs: (6, 4))
    }
  }

  @Test("a run of a part of a batch")
  func runPart() async {
    await #expect(processExitsWith: .failure) {
      var setting = Setting()
      setting.run(xs: (3, 3), hs: (3, 4))
    }
  }

  @Test("a run into outputs of the wrong shape")
  func runOutputs() async {
    await #expect(processExitsWith: .failure) {
      var setting = Setting()
      setting.run(hs: (4, 3))
    }
  }

  @Test("a run from a state of another batch")
  func runState() async {
    await #expect(processExitsWith: .failure) {
      var setting = Setting()
      setting.state = setting.layer.initialState(batchSize: 1)
      setting.run()
    }
  }

  @Test("a backward pass with gradients of the wrong shape")
  func backwardShape() async {
    await #expect(processExitsWith: .failure) {
      var setting = Setting()
      setting.run()
      setting.backward(dhs: (2, 4))
    }
  }

  @Test("a backward pass into weights of the wrong shape")
  func backwardWeights() async {
    await #expect(processExitsWith: .failure) {
      var setting = Setting()
      setting.run()
      setting.gradients = LSTM(inputSize: 3, hiddenSize: 5)
      setting.backward()
    }
  }

  @Test("a backward pass through a trace that is not made for it")
  func backwardTrace() async {
    await #expect(processExitsWith: .failure) {
      var setting = Setting(forTraining: false)
      setting.run()
      setting.backward()
    }
  }

  @Test("a trace of another precision than the panels")
  func precision() async {
    await #expect(processExitsWith: .failure) {
      var setting = Setting()
      setting.trace = LSTM.Trace(
        setting.layer, capacity: 2, batchSize: 2, forTraining: true, precision: .bfloat16)
      setting.run()
    }
  }

  @Test("joining no states")
  func joinNothing() async {
    await #expect(processExitsWith: .failure) { _ = LSTM.State(joining: []) }
  }
}
