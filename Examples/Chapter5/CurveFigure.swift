import EddyLM
import EddyNN
import Foundation
import Plots

/// The chapter's training: the first 1000 words of a text, vectors and hidden units of 100, windows of 5 in 10 streams,
/// plain SGD at 0.1.
func curveFigure() throws -> Figure {
  let url = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Corpora/the-lamp.txt")
  let words = try String(contentsOf: url, encoding: .utf8)
    .replacing("\n", with: " <eos> ").split(separator: " ").prefix(1000).map(String.init)
  let text = ToyText(words)
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
  let network = RecurrentNetwork<RNNCell>(
    vocabularySize: text.codec.vocabulary.count, sizes: options.sizes, range: nil, seed: 0)
  var trainer = Trainer(
    state: TrainerState(network: network, options: options), tokens: text.tokens,
    options: options, team: .serial)
  var points: [(x: Double, y: Double)] = []
  for epoch in 1...options.epochs {
    var loss = 0.0
    for _ in 0..<trainer.windows.perEpoch { loss += try trainer.update().loss }
    points.append((Double(epoch), PortableMath.exp(loss / Double(trainer.windows.perEpoch))))
  }
  return Figure(
    drawing: LineChart(
      title: "The chapter's training, on the first 1,000 words of «The lamp»", xLabel: "epoch",
      yLabel: "perplexity on the text it learns from",
      series: [LineChart.Series("rnn", points)]
    ).drawing,
    numbers: [
      "\(text.codec.vocabulary.count) different words; perplexity \(rounded(points[0].y, digits: 1)) after "
        + "epoch 1, \(rounded(points[49].y, digits: 1)) after 50, \(rounded(points[99].y, digits: 2)) after 100"
    ])
}
