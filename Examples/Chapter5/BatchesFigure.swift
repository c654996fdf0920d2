import EddyLM
import Plots

/// How two streams go through a text of 1000 inputs in windows of 10, the book's figure 5-15, drawn from what the trainer
/// reads.
func batchesFigure() -> Figure {
  let windows = Windows(tokenCount: 1001, batchSize: 2, length: 10)
  var drawing = Drawing(width: 680, height: 300)
  drawing.text("Two streams through 1,000 words, windows of 10", x: 20, y: 24, size: 15)
  let shown = [0, 1, 2, 49, 50]
  let (left, width, gap) = (90.0, 88.0, 24.0)
  var numbers: [String] = []
  for stream in 0..<2 {
    let y = 80 + 100 * Double(stream)
    drawing.text("stream \(stream)", x: 20, y: y + 24)
    var ranges: [String] = []
    for (place, window) in shown.enumerated() {
      let x = left + (width + gap) * Double(place)
      let first = windows.position(step: window * windows.length, stream: stream)
      let last = windows.position(step: (window + 1) * windows.length - 1, stream: stream)
      drawing.rectangle(
        x: x, y: y, width: width, height: 40, fill: "#e8f1f8", stroke: Drawing.colours[0])
      drawing.text("\(first) … \(last)", x: x + width / 2, y: y + 25, anchor: .middle)
      ranges.append("\(first)…\(last)")
      guard place > 0 else { continue }
      let isNext = window == shown[place - 1] + 1
      arrow(&drawing, from: x - gap + 2, to: x - 3, y: y + 14, dashed: !isNext)
      if isNext {
        // The way back ends here.
        drawing.line(
          [(x - gap / 2, y + 22), (x - gap / 2, y + 40)], colour: Drawing.colours[1], width: 3)
      }
    }
    numbers.append("stream \(stream), windows 0, 1, 2, 49, 50: " + ranges.joined(separator: ", "))
  }
  for (place, window) in shown.enumerated() {
    let x = left + (width + gap) * Double(place) + width / 2
    drawing.text("window \(window)", x: x, y: 64, size: 12, anchor: .middle)
  }
  arrow(&drawing, from: 90, to: 112, y: 268, dashed: false)
  drawing.text("the state goes on", x: 120, y: 272, size: 12)
  drawing.line([(290, 259), (290, 277)], colour: Drawing.colours[1], width: 3)
  drawing.text("the gradient does not go back", x: 300, y: 272, size: 12)
  return Figure(drawing: drawing, numbers: numbers)
}

private func arrow(_ drawing: inout Drawing, from: Double, to: Double, y: Double, dashed: Bool) {
  drawing.line([(from, y), (to, y)], colour: Drawing.ink, width: 1.5, dashes: dashed ? "3 3" : nil)
  drawing.line([(to - 5, y - 4), (to, y), (to - 5, y + 4)], colour: Drawing.ink, width: 1.5)
}
