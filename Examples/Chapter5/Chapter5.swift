import Foundation
import Plots

/// Computes the figures of docs/chapter-5.md: `chapter5 FOLDER` writes one SVG for each, and what the text quotes of them
/// into `numbers.txt`.
@main
enum Chapter5 {
  static let figures: [(name: String, make: @Sendable () throws -> Figure)] = [
    ("order", orderFigure), ("parameters", parametersFigure), ("batches", batchesFigure),
    ("memory", memoryFigure), ("gradients", gradientsFigure), ("curve", curveFigure),
  ]

  static func main() throws {
    guard CommandLine.arguments.count == 2 else {
      FileHandle.standardError.write(Data("usage: chapter5 FOLDER\n".utf8))
      exit(64)
    }
    let folder = URL(filePath: CommandLine.arguments[1])
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var numbers: [String] = []
    for (name, make) in figures {
      let figure = try make()
      try Data(figure.drawing.svg.utf8).write(to: folder.appending(path: "\(name).svg"))
      numbers += figure.numbers.map { "\(name): \($0)" }
    }
    let text = numbers.joined(separator: "\n") + "\n"
    try Data(text.utf8).write(to: folder.appending(path: "numbers.txt"))
    print(text, terminator: "")
  }
}

/// A drawing, and the numbers in it that the text quotes.
struct Figure {
  let drawing: Drawing
  let numbers: [String]
}
