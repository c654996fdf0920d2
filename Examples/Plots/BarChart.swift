/// Groups of bars between 0 and 1.
public struct BarChart {
  public let title: String
  public let groups: [String]
  /// What the bars of each group are called, and how high they are, group by group.
  public let bars: [(name: String, heights: [Double])]

  public init(title: String, groups: [String], bars: [(name: String, heights: [Double])]) {
    self.title = title
    self.groups = groups
    self.bars = bars
  }

  public var drawing: Drawing {
    var drawing = Drawing(width: 680, height: 340)
    let (left, right, top, bottom) = (70.0, 640.0, 70.0, 290.0)
    let y = Axis(values: 0...1, places: (bottom, top), isLogarithmic: false)
    drawing.text(title, x: left, y: 24, size: 15)
    for (value, label) in y.ticks {
      drawing.line([(left, y.place(value)), (right, y.place(value))], colour: "#e5e5e5")
      drawing.text(label, x: left - 8, y: y.place(value) + 4, size: 12, anchor: .end)
    }
    let width = (right - left) / Double(groups.count)
    let barWidth = width * 0.7 / Double(bars.count)
    for (group, name) in groups.enumerated() {
      let start = left + width * (Double(group) + 0.15)
      for (index, bar) in bars.enumerated() {
        let height = bar.heights[group]
        let x = start + barWidth * Double(index)
        drawing.rectangle(
          x: x, y: y.place(height), width: barWidth - 4, height: bottom - y.place(height),
          fill: Drawing.colours[index])
        drawing.text(
          short(height), x: x + barWidth / 2 - 2, y: y.place(height) - 5, size: 11,
          anchor: .middle)
      }
      drawing.text(name, x: start + width * 0.35, y: bottom + 20, anchor: .middle)
    }
    drawing.line([(left, bottom), (right, bottom)], colour: Drawing.ink)
    var x = left
    for (index, bar) in bars.enumerated() {
      drawing.rectangle(x: x, y: 38, width: 12, height: 12, fill: Drawing.colours[index])
      drawing.text(bar.name, x: x + 18, y: 48, size: 12)
      x += 40 + 7.5 * Double(bar.name.count)
    }
    return drawing
  }
}
