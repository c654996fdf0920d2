import EddyLM
import EddyNN
import Plots

/// What it costs to look further back: more weights for a concatenation, none for an average or a recurrent network.
func parametersFigure() -> Figure {
  func weights(_ kind: ModelKind, context: Int) -> Double {
    let sizes = NetworkSizes(embedding: 100, hidden: 100, layers: 1, context: context)
    guard let network = kind.network else { fatalError("\(kind) is no network.") }
    return Double(network.init(vocabularySize: 1000, sizes: sizes).parameterCount)
  }
  let contexts = [1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]
  func series(_ kind: ModelKind) -> LineChart.Series {
    LineChart.Series(
      kind.rawValue,
      contexts.map { (Double($0), weights(kind, context: kind == .rnn ? 1 : $0)) })
  }
  let growth = weights(.concat, context: 2) - weights(.concat, context: 1)
  return Figure(
    drawing: LineChart(
      title: "Weights of a model of 1,000 words, vectors of 100, 100 hidden units",
      xLabel: "words that are read (the rnn reads all)", yLabel: "weights",
      series: [series(.concat), series(.rnn), series(.window)]
    ).drawing,
    numbers: [
      "concat: \(rounded(growth, digits: 0)) weights more for each word that is read",
      "rnn: \(rounded(weights(.rnn, context: 1), digits: 0)) weights for any number of words",
      "concat of 20 words: \(rounded(weights(.concat, context: 20), digits: 0)) weights",
    ])
}
