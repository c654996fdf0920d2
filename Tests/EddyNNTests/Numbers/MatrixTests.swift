import EddyNN
import Testing

@Suite("Matrices and buffers")
struct MatrixTests {
  private let matrix = Matrix(rows: 2, columns: 3, elements: [1, 2, 3, 4, 5, 6])

  @Test("row-major, zeros at first")
  func layout() {
    #expect(Matrix(rows: 2, columns: 2).elements == [0, 0, 0, 0])
    #expect(matrix[1, 0] == 4)
    #expect(matrix.count == 6)
    #expect(matrix.elements == [1, 2, 3, 4, 5, 6])
    #expect(matrix.rows(from: 1, count: 1).elements == [4, 5, 6])
    #expect(matrix.rows([1, 0, 1]).elements == [4, 5, 6, 1, 2, 3, 4, 5, 6])
    #expect(Matrix(joining: [matrix, matrix.rows([0])]).elements == [1, 2, 3, 4, 5, 6, 1, 2, 3])
  }

  @Test("empty in one direction or both", arguments: [(0, 0), (0, 3), (3, 0)])
  func empty(rows: Int, columns: Int) {
    let empty = Matrix(rows: rows, columns: columns)
    #expect(empty.elements.isEmpty)
    #expect(empty == Matrix(rows: rows, columns: columns))
    #expect(Matrix(joining: [empty, empty]).rows == 2 * rows)
    #expect(empty.rows(from: 0, count: rows) == empty)
  }

  @Test("a copy shares nothing that is written to")
  func copyOnWrite() {
    var copy = matrix
    copy[0, 0] = 9
    #expect(matrix[0, 0] == 1)
    #expect(copy.elements == [9, 2, 3, 4, 5, 6])
    var another = copy
    another.withMutableSpan { $0[5] = 7 }
    #expect(copy[1, 2] == 6)
    #expect(another[1, 2] == 7)
    var third = another
    third.mutableView().fill(1)
    #expect(another[1, 2] == 7)
    #expect(third.elements == Array(repeating: 1, count: 6))
  }

  @Test("rows are copies too")
  func rowCopies() {
    var all = matrix.rows(from: 0, count: 2)
    all[0, 0] = 9
    var joined = Matrix(joining: [matrix])
    joined[0, 0] = 9
    #expect(matrix[0, 0] == 1)
  }

  @Test("equal by shape and element")
  func equality() {
    #expect(matrix == Matrix(rows: 2, columns: 3, elements: [1, 2, 3, 4, 5, 6]))
    #expect(matrix != Matrix(rows: 3, columns: 2, elements: [1, 2, 3, 4, 5, 6]))
    #expect(matrix != Matrix(rows: 2, columns: 3, elements: [1, 2, 3, 4, 5, 7]))
    #expect(
      Matrix(rows: 1, columns: 1, elements: [0]) == Matrix(rows: 1, columns: 1, elements: [-0.0]))
    let nan = Matrix(rows: 1, columns: 1, elements: [.nan])
    #expect(nan != nan)
  }

  @Test("64-byte aligned", arguments: [1, 3, 17])
  func alignment(columns: Int) {
    let address = unsafe Int(bitPattern: Matrix(rows: 3, columns: columns).view.base)
    #expect(address % 64 == 0)
  }

  @Test("adds element by element, knows what is not finite")
  func arithmetic() {
    var sum = matrix
    sum.add(matrix)
    #expect(sum.elements == [2, 4, 6, 8, 10, 12])
    #expect(matrix[0, 0] == 1)
    #expect(sum.isFinite)
    sum[1, 1] = .nan
    #expect(!sum.isFinite)
    sum[1, 1] = -.infinity
    #expect(!sum.isFinite)
    #expect(Matrix(rows: 0, columns: 3).isFinite)
  }

  @Test("its memory can be filled from bytes")
  func bytes() {
    var copy = matrix
    unsafe copy.withUnsafeMutableBytes { bytes in
      unsafe bytes.storeBytes(of: Float(9).bitPattern, toByteOffset: 20, as: UInt32.self)
    }
    #expect(copy.elements == [1, 2, 3, 4, 5, 9])
    #expect(matrix[1, 2] == 6)
  }

  @Test("a buffer is a copy of its matrix, and gives copies")
  func buffer() {
    var buffer = Buffer(matrix)
    buffer.withMutableSpan { $0[0] = 9 }
    #expect(matrix[0, 0] == 1)
    let snapshot = buffer.matrix
    buffer.withMutableSpan { $0[0] = 8 }
    #expect(snapshot[0, 0] == 9)
    #expect(buffer.withSpan { $0[0] } == 8)
    #expect(buffer.rows == 2)
    #expect(buffer.columns == 3)
    #expect(buffer.byteCount == 24)
    #expect(Buffer(rows: 2, columns: 2).matrix == Matrix(rows: 2, columns: 2))
  }

  @Test("numbers add up in order")
  func numberBuffer() {
    let buffer = NumberBuffer<Double>(count: 3)
    #expect(buffer.sum() == 0)
    buffer[0] = 1e16
    buffer[1] = -1e16
    buffer[2] = 1
    #expect(buffer.sum() == 1)
    #expect(NumberBuffer<Double>(count: 0).sum() == 0)
  }

  @Test("a packed matrix counts what fills its last panel")
  func packedMatrix() {
    let packed = PackedMatrix(depth: 5, columns: 33)
    #expect(packed.panelCount == 2)
    #expect(packed.byteCount == 2 * 32 * 5 * 4)
    #expect(PackedMatrix(depth: 5, columns: 32).panelCount == 1)
    #expect(PackedMatrix(depth: 5, columns: 0).panelCount == 0)
  }

  @Test("a negative size stops the program")
  func negativeSize() async {
    await #expect(processExitsWith: .failure) { _ = Matrix(rows: 1, columns: -1) }
  }

  @Test("a wrong number of elements stops the program")
  func wrongCount() async {
    await #expect(processExitsWith: .failure) {
      _ = Matrix(rows: 2, columns: 2, elements: [1, 2, 3])
    }
  }

  @Test("an element outside stops the program")
  func outside() async {
    await #expect(processExitsWith: .failure) { _ = Matrix(rows: 2, columns: 3)[1, 3] }
  }

  @Test("a row outside stops the program")
  func rowOutside() async {
    await #expect(processExitsWith: .failure) { _ = Matrix(rows: 2, columns: 3).rows([2]) }
  }

  @Test("adding another shape stops the program")
  func addDifferent() async {
    await #expect(processExitsWith: .failure) {
      var sum = Matrix(rows: 1, columns: 2)
      sum.add(Matrix(rows: 2, columns: 1))
    }
  }

  @Test("joining different widths stops the program")
  func joinDifferent() async {
    await #expect(processExitsWith: .failure) {
      _ = Matrix(joining: [Matrix(rows: 1, columns: 2), Matrix(rows: 1, columns: 3)])
    }
  }
}
