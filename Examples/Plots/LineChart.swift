/// Lines over a common axis.
public struct LineChart {
  public struct Series {
    public let name: String
    public let points: [(x: Double, y: Double)]
    /// A line for comparison.
    public let isDashed: Bool

    public init(_ name: String, _ points: [(x: Double, y: Double)], isDashed: Bool = false) {
      self.name = name
      self.points = points
      self.isDashed = isDashed
    }
  }

  public let title, xLabel, yLabel: String
  public let isLogarithmic: Bool
  public let series: [Series]

  /// - Parameter isLogarithmic: Whether equal distances on the vertical axis are equal factors.
  public init(
    title: String, xLabel: String, yLabel: String, isLogarithmic: Bool = false, series: [Series]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.isLogarithmic = isLogarithmic
    self.series = series
  }

  public var drawing: Drawing {
    var drawing = Drawing(width: 680, height: 420)
    let (left, right, top, bottom) = (70.0, 510.0, 44.0, 370.0)
    let points = series.flatMap(\.points)
    let x = Axis(
      values: range(points.map(\.x), fromZero: false), places: (left, right), isLogarithmic: false)
    let y = Axis(
      values: range(points.map(\.y), fromZero: !isLogarithmic), places: (bottom, top),
      isLogarithmic: isLogarithmic)
    drawing.text(title, x: left, y: 24, size: 15)
    for (value, label) in y.ticks {
      let place = y.place(value)
      drawing.line([(left, place), (right, place)], colour: "#e5e5e5")
      drawing.text(label, x: left - 8, y: place + 4, size: 12, anchor: .end)
    }
    for (value, label) in x.ticks {
      drawing.line(
        [(x.place(value), bottom), (x.place(value), bottom + 5)], colour: Drawing.ink)
      drawing.text(label, x: x.place(value), y: bottom + 20, size: 12, anchor: .middle)
    }
    drawing.line([(left, bottom), (right, bottom)], colour: Drawing.ink)
    drawing.text(xLabel, x: (left + right) / 2, y: bottom + 40, anchor: .middle)
    drawing.text(yLabel, x: 18, y: (top + bottom) / 2, anchor: .middle, turned: true)
    for (index, series) in series.enumerated() {
      let colour = Drawing.colours[index % Drawing.colours.count]
      let places = series.points.map { (x: x.place($0.x), y: y.place($0.y)) }
      drawing.line(places, colour: colour, width: 2, dashes: series.isDashed ? "6 4" : nil)
      if !series.isDashed, places.count <= 30 {
        for place in places { drawing.circle(x: place.x, y: place.y, radius: 3, fill: colour) }
      }
      let row = top + 14 + 22 * Double(index)
      drawing.line(
        [(right + 16, row), (right + 40, row)], colour: colour, width: 2,
        dashes: series.isDashed ? "6 4" : nil)
      drawing.text(series.name, x: right + 46, y: row + 4, size: 12)
    }
    return drawing
  }

  private func range(_ values: [Double], fromZero: Bool) -> ClosedRange<Double> {
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let start = fromZero ? min(low, 0) : low
    return start...(high > start ? high : start + 1)
  }
}
