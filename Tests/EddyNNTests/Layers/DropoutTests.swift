import EddyNN
import Testing

@Suite("Dropout")
struct DropoutTests {
  private let rows = 300
  private let batch = 5
  private let columns = 21

  private func dropped(
    _ xs: Matrix, rate: Float = 0.3, isVariational: Bool = false, place: Int = 0, update: Int = 0,
    team: ThreadTeam = .serial
  ) -> Matrix {
    let dropout = Dropout(
      rate: rate, isVariational: isVariational, seed: 3, place: place, rows: rows,
      columns: columns, precision: .float32)
    let view = xs.view
    team.run { dropout.forward(view, batchSize: batch, update: update, member: $0) }
    var result = Matrix(rows: rows, columns: columns)
    result.mutableView().copy(from: dropout.outputs(rows: rows))
    return result
  }

  private var ones: Matrix {
    Matrix(
      rows: rows, columns: columns, elements: Array(repeating: 1, count: rows * columns))
  }

  @Test("the right share is dropped, the rest grows by as much", arguments: [Float(0.1), 0.5, 0.8])
  func share(rate: Float) {
    let elements = dropped(ones, rate: rate).elements
    let share = Float(elements.count { $0 == 0 }) / Float(elements.count)
    #expect(abs(share - rate) < 0.02)
    #expect(elements.allSatisfy { $0 == 0 || abs($0 * (1 - rate) - 1) < 1e-4 })
    #expect(abs(elements.reduce(0, +) / Float(elements.count) - 1) < 0.08)
  }

  @Test("other numbers at each step, place and update; the same in a window if that is asked for")
  func decisions() {
    let first = dropped(ones)
    #expect(first != dropped(ones, place: 1) && first != dropped(ones, update: 1))
    func step(_ matrix: Matrix, _ index: Int) -> Matrix {
      matrix.rows(Array(index * batch..<(index + 1) * batch))
    }
    #expect(step(first, 0) != step(first, 1))
    let variational = dropped(ones, isVariational: true)
    for index in 0..<rows / batch {
      #expect(step(variational, index) == step(variational, 0))
    }
    // Sequences differ.
    #expect(variational.rows([0]) != variational.rows([1]))
    #expect(step(variational, 0) != step(dropped(ones, isVariational: true, update: 1), 0))
  }

  @Test("the same bits for every number of threads; the gradient goes where the numbers went")
  func threads() {
    let xs = Formula(1).matrix(rows: rows, columns: columns)
    for isVariational in [false, true] {
      let result = dropped(xs, isVariational: isVariational)
      for threads in [2, 3, 7] {
        #expect(
          dropped(xs, isVariational: isVariational, team: ThreadTeam(count: threads)) == result)
      }
      let dropout = Dropout(
        rate: 0.3, isVariational: isVariational, seed: 3, place: 0, rows: rows, columns: columns,
        precision: .float32)
      var dys = ones
      let (view, gradient) = (xs.view, dys.mutableView())
      ThreadTeam(count: 2).run {
        dropout.forward(view, batchSize: batch, update: 0, member: $0)
        dropout.backward(gradient, member: $0)
      }
      #expect(zip(dys.elements, zip(xs.elements, result.elements)).allSatisfy { $0 * $1.0 == $1.1 })
    }
  }
}
