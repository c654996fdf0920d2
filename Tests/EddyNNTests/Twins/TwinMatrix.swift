import EddyNN

/// A plain matrix, row-major.
struct TwinMatrix<Scalar: TwinFloat>: Equatable, Sendable {
  let rows: Int
  let columns: Int
  var elements: [Scalar]

  init(rows: Int, columns: Int, elements: [Scalar]) {
    precondition(elements.count == rows * columns)
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  init(rows: Int, columns: Int) {
    self.init(
      rows: rows, columns: columns, elements: Array(repeating: 0, count: rows * columns))
  }

  init(_ matrix: Matrix) {
    self.init(
      rows: matrix.rows, columns: matrix.columns, elements: matrix.elements.map(Scalar.init))
  }

  subscript(row: Int, column: Int) -> Scalar {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  var transposed: TwinMatrix {
    var result = TwinMatrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  func rows(from first: Int, count: Int) -> TwinMatrix {
    TwinMatrix(
      rows: count, columns: columns,
      elements: Array(elements[first * columns..<(first + count) * columns]))
  }

  /// The rows of all parts, one after the other.
  init(joining parts: [TwinMatrix]) {
    self.init(
      rows: parts.reduce(0) { $0 + $1.rows }, columns: parts[0].columns,
      elements: parts.flatMap(\.elements))
  }
}

extension TwinMatrix<Float> {
  init(formula seed: Int, rows: Int, columns: Int, bound: Float = 1) {
    self.init(
      rows: rows, columns: columns, elements: Formula(seed).floats(rows * columns, bound: bound))
  }
}

extension Matrix {
  init(_ twin: TwinMatrix<Float>) {
    self.init(rows: twin.rows, columns: twin.columns, elements: twin.elements)
  }
}
