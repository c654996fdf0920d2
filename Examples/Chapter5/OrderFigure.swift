import EddyLM
import EddyNN
import Plots

/// After «you say» comes «goodbye», after «say you» comes «hello»: what a model must know the order of words for.
func orderFigure() throws -> Figure {
  var random = PhiloxSequence(seed: 1, purpose: .sampling)
  let text = ToyText(
    (0..<400).flatMap { _ in
      random.next() % 2 == 0
        ? ["you", "say", "goodbye", "<eos>"] : ["say", "you", "hello", "<eos>"]
    })
  var options = TrainingOptions()
  options.batchSize = 8
  options.windowLength = 8
  options.epochs = 20
  options.learningRate = 0.01
  options.clip = nil
  var (goodbye, numbers): ([[Double]], [String]) = ([], [])
  for (kind, name, hidden) in [
    (ModelKind.window, "window", 8), (.concat, "concat", 16), (.rnn, "rnn", 16),
  ] {
    options.model = kind
    options.sizes = NetworkSizes(
      embedding: 8, hidden: hidden, layers: 1, context: kind == .rnn ? 1 : 2)
    let model = try options.trained(on: text.tokens, codec: text.codec)
    let answers = ["you say", "say you"].map { model.probability(of: "goodbye", after: $0) }
    goodbye.append(answers)
    numbers.append(
      "\(name): P(goodbye | you say) = \(rounded(answers[0])), P(goodbye | say you) = "
        + rounded(answers[1]))
  }
  return Figure(
    drawing: BarChart(
      title: "P(goodbye) after the same two words in two orders",
      groups: ["window (average)", "concat (side by side)", "rnn"],
      bars: [
        ("after «you say»: should be 1", goodbye.map { $0[0] }),
        ("after «say you»: should be 0", goodbye.map { $0[1] }),
      ]
    ).drawing,
    numbers: numbers)
}
