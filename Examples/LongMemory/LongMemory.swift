import EddyLM
import EddyNN
import Foundation
import Plots

/// The book's question to every kind of network: `long-memory FOLDER` writes `long-memory.svg` and `long-memory.tsv`, in some
/// minutes; `--quick` learns too little to be right, and shows that everything works.
@main
enum LongMemory {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    let isQuick = arguments.contains("--quick")
    guard let path = arguments.first(where: { $0 != "--quick" }),
      arguments.count == (isQuick ? 2 : 1)
    else {
      FileHandle.standardError.write(Data("usage: long-memory FOLDER [--quick]\n".utf8))
      exit(64)
    }
    let folder = URL(filePath: path)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let book = StoryBook(stories: isQuick ? 60 : 10_000, questions: isQuick ? 20 : 1000)
    let team = ThreadTeam(count: ThreadTeam.availableProcessors)
    var results: [(kind: ModelKind, accuracy: [Double])] = []
    for kind in [ModelKind.window, .concat, .rnn, .gru, .lstm] {
      let model = try options(kind, epochs: isQuick ? 1 : 16)
        .trained(on: book.tokens, codec: book.codec, team: team)
      let accuracy = book.accuracy(of: model, team: team)
      results.append((kind, accuracy))
      note(
        "\(kind.rawValue): "
          + accuracy.map { "\(Int(($0 * 1000).rounded()))" }.joined(separator: " "))
    }
    try Data(table(results).utf8).write(to: folder.appending(path: "long-memory.tsv"))
    try Data(chart(results).drawing.svg.utf8)
      .write(to: folder.appending(path: "long-memory.svg"))
    print(table(results), terminator: "")
  }

  private static func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// Thousandths of right answers, by distance.
  private static func table(_ results: [(kind: ModelKind, accuracy: [Double])]) -> String {
    let head = ["distance"] + results.map(\.kind.rawValue)
    let rows = Story.distances.enumerated().map { index, distance in
      ["\(distance)"] + results.map { "\(Int(($0.accuracy[index] * 1000).rounded()))" }
    }
    return ([head] + rows).map { $0.joined(separator: "\t") + "\n" }.joined()
  }

  private static func chart(_ results: [(kind: ModelKind, accuracy: [Double])]) -> LineChart {
    let chance = 1 / Double(Story.names.count - 1)
    let series = results.map { kind, accuracy in
      LineChart.Series(kind.rawValue, zip(Story.distances, accuracy).map { (Double($0), $1) })
    }
    return LineChart(
      title: "Who was it? Right answers by distance",
      xLabel: "words between the name and the question", yLabel: "share of right answers",
      series: series + [
        LineChart.Series("chance", [(0, chance), (100, chance)], isDashed: true)
      ])
  }

  /// What a network of some kind is trained with.
  private static func options(_ kind: ModelKind, epochs: Int) -> TrainingOptions {
    var options = TrainingOptions()
    options.model = kind
    options.sizes = NetworkSizes(
      embedding: 64, hidden: kind == .window ? 64 : 128, layers: 1,
      context: kind.hasContext ? 10 : 1)
    options.batchSize = 8
    // The way back must be as long as what is to be remembered.
    options.windowLength = 128
    options.epochs = epochs
    options.learningRate = 0.008
    return options
  }
}
