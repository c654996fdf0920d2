import EddyLM
import EddyNN
import Plots

/// What an update keeps for the way back: as much as the whole text, or as much as one window.
func memoryFigure() -> Figure {
  func megabytes(text: Int, window: Int) -> Double {
    var options = TrainingOptions()
    options.model = .rnn
    options.sizes = NetworkSizes(embedding: 100, hidden: 100, layers: 1)
    options.batchSize = 1
    options.windowLength = window
    let network = RecurrentNetwork<RNNCell>(vocabularySize: 100, sizes: options.sizes)
    let trainer = Trainer(
      state: TrainerState(network: network, options: options),
      tokens: Array(repeating: 0, count: text + 1), options: options, team: .serial)
    return Double(trainer.activationBytes) / 1e6
  }
  let texts = [35, 250, 500, 750, 1000, 1500, 2000]
  let whole = texts.map { (x: Double($0), y: megabytes(text: $0, window: $0)) }
  let cut = texts.map { (x: Double($0), y: megabytes(text: $0, window: 35)) }
  return Figure(
    drawing: LineChart(
      title: "Memory of one update of an rnn of 100 units", xLabel: "words in the text",
      yLabel: "megabytes",
      series: [
        LineChart.Series("whole text", whole), LineChart.Series("windows of 35", cut),
      ]
    ).drawing,
    numbers: [
      "whole text of 2000 words: \(rounded(whole[6].y, digits: 2)) MB",
      "windows of 35: \(rounded(cut[0].y, digits: 2)) MB for 35 words, "
        + "\(rounded(cut[6].y, digits: 2)) MB for 2000",
    ])
}
