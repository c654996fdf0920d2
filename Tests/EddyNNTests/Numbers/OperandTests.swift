import EddyNN
import Testing

@Suite("Operands and panels in both precisions")
struct OperandTests {
  /// The units that a left-hand side reads, row after row.
  private func units(of operand: Operand) -> [UInt32] {
    let count = operand.precision.units(operand.columns)
    return (0..<operand.rows).flatMap { row in
      (0..<count).map { unsafe operand.base[row * operand.distance + $0].bitPattern }
    }
  }

  private func expected(_ matrix: Matrix, _ precision: Precision) -> [UInt32] {
    precision.units(of: TwinMatrix(matrix)).elements.map(\.bitPattern)
  }

  @Test("two values of bfloat16 are a unit, a float is one")
  func unitCounts() {
    #expect((0...5).map { Precision.float32.units($0) } == [0, 1, 2, 3, 4, 5])
    #expect((0...5).map { Precision.bfloat16.units($0) } == [0, 1, 1, 2, 2, 3])
    #expect(Precision(rawValue: "bfloat16") == .bfloat16 && Precision(rawValue: "half") == nil)
  }

  @Test("a copy is rounded by members, by columns, at rows", arguments: [1, 2, 3, 7])
  func roundedCopy(threads: Int) {
    for columns in [1, 2, 5, 33, 64, 65] {
      let values = Formula(columns).matrix(rows: 9, columns: columns)
      let part = values.rows(from: 2, count: 4)
      let copy = RoundedCopy(rows: 12, columns: columns, precision: .bfloat16)
      #expect(copy.byteCount == 12 * ((columns + 1) / 2) * 4)
      ThreadTeam(count: threads).run { copy.round(values.view, at: 3, member: $0) }
      #expect(units(of: copy.operand(values.view, at: 3)) == expected(values, .bfloat16))
      #expect(units(of: copy.operand(part.view, at: 5)) == expected(part, .bfloat16))
      // Column by column, as units of a layer come, over what was there.
      let other = Formula(columns + 1).matrix(rows: 9, columns: columns)
      for column in (0..<columns).reversed() {
        copy.round(other.view, at: 3, columns: column..<column + 1)
      }
      #expect(units(of: copy.operand(other.view, at: 3)) == expected(other, .bfloat16))
    }
  }

  @Test("in float32 there is no copy")
  func noCopy() {
    let values = Formula(1).matrix(rows: 3, columns: 5)
    let copy = RoundedCopy(rows: 9, columns: 5, precision: .float32)
    copy.round(values.view, at: 0, columns: 0..<5)
    #expect(copy.byteCount == 0)
    #expect(units(of: copy.operand(values.view)) == values.elements.map(\.bitPattern))
  }

  @Test("some rows and some columns of an operand", arguments: Precision.forTraining)
  func parts(_ precision: Precision) {
    let values = Formula(1).matrix(rows: 7, columns: 9)
    let copy = RoundedCopy(rows: 7, columns: 9, precision: precision)
    copy.round(values.view, at: 0, columns: 0..<9)
    let part = copy.operand(values.view).rows(from: 2, count: 3).columns(from: 4, count: 5)
    var expected = Matrix(rows: 3, columns: 5)
    for row in 0..<3 {
      for column in 0..<5 { expected[row, column] = values[2 + row, 4 + column] }
    }
    #expect(units(of: part) == self.expected(expected, precision))
  }

  /// What panels hold.
  private func units(of matrix: borrowing PackedMatrix) -> [UInt32] {
    (0..<matrix.byteCount / 4).map { unsafe matrix.base[$0].bitPattern }
  }

  private func panels(_ matrix: Matrix, _ precision: Precision, groups: Int = 1) -> [UInt32] {
    precision.panels(of: TwinMatrix(matrix), groups: groups).elements.map(\.bitPattern)
  }

  @Test("panels by members: straight, transposed, row by row", arguments: Precision.forTraining)
  func packedMatrix(_ precision: Precision) {
    for (depth, columns, groups) in [(1, 1, 1), (65, 33, 1), (7, 4 * 33, 4), (6, 3 * 64, 3)] {
      let b = Formula(1).matrix(rows: depth, columns: columns)
      let transposed = Matrix(TwinMatrix<Float>(b).transposed)
      let expected = panels(b, precision, groups: groups)
      let shape = "[\(depth), \(columns)] in \(groups)"
      for threads in [1, 2, 7] {
        let packed = (0..<2).map { _ in
          Packed(
            PackedMatrix(depth: depth, columns: columns, groups: groups, precision: precision))
        }
        ThreadTeam(count: threads).run {
          packed[0].matrix.pack(b.view, member: $0)
          packed[1].matrix.pack(transposed.view, transposed: true, member: $0)
        }
        for packed in packed {
          #expect(packed.matrix.panelCount * precision.units(depth) * 32 == expected.count)
          #expect(units(of: packed.matrix) == expected, "\(shape)")
        }
      }
      let byRows = PackedMatrix(
        depth: depth, columns: columns, groups: groups, precision: precision)
      for first in stride(from: 0, to: depth, by: 4).reversed() {
        byRows.pack(
          rows: b.view.rows(from: first, count: min(4, depth - first)), at: first)
      }
      #expect(units(of: byRows) == expected, "\(shape)")
    }
  }

  /// Something that cannot be copied, at one place.
  private final class Packed: Sendable {
    let matrix: PackedMatrix
    init(_ matrix: consuming PackedMatrix) { self.matrix = matrix }
  }

  @Test(
    "weights are changed once each, and packed as they then are", arguments: Precision.forTraining,
    [1, 2, 3, 7])
  func update(_ precision: Precision, _ threads: Int) {
    let team = ThreadTeam(count: threads)
    for (rows, columns, groups) in [(1, 1, 1), (65, 33, 1), (4 * 5, 5, 4), (3 * 33, 34, 3)] {
      for forTraining in [true, false] {
        let before = Formula(1).matrix(rows: rows, columns: columns)
        let after = Formula(2).matrix(rows: rows, columns: columns)
        let elements = after.elements
        var weights = before
        let view = weights.mutableView()
        let packed = WeightPanels(
          rows: rows, columns: columns, groups: groups, forTraining: forTraining,
          precision: precision)
        let changes = NumberBuffer<Int>(count: rows * columns)
        team.run { member in
          packed.pack(view, member: member)
          member.barrier()
          packed.pack(view, member: member) { range in
            for element in range {
              unsafe view.base[element] = elements[element]
              changes[element] += 1
            }
          }
        }
        #expect((0..<changes.count).allSatisfy { changes[$0] == 1 })
        let transposed = Matrix(TwinMatrix<Float>(after).transposed)
        #expect(units(of: packed.forward) == panels(transposed, precision, groups: groups))
        #expect(
          units(of: packed.backward) == (forTraining ? panels(after, precision) : []))
      }
    }
  }

  @Test(
    "a product in groups, some panels at a time, and on a team", arguments: Precision.forTraining)
  func groups(_ precision: Precision) {
    for (rows, size, groups) in [(1, 5, 4), (13, 33, 3), (3, 32, 4)] {
      let a = Formula(1).matrix(rows: rows, columns: 7)
      let b = Formula(2).matrix(rows: 7, columns: size * groups)
      let packed = PackedMatrix(depth: 7, columns: b.columns, groups: groups, precision: precision)
      let copy = RoundedCopy(rows: rows, columns: 7, precision: precision)
      copy.round(a.view, at: 0, columns: 0..<7)
      let operand = copy.operand(a.view)
      let expected = precision.product(TwinMatrix(a), TwinMatrix(b)).elements
      for threads in [1, 2, 3, 7] {
        var (whole, parts) = (
          Matrix(rows: rows, columns: b.columns), Matrix(rows: rows, columns: b.columns)
        )
        let views = (whole.mutableView(), parts.mutableView())
        ThreadTeam(count: threads).run { member in
          packed.pack(b.view, member: member)
          member.barrier()
          member.multiply(operand, packed, into: views.0)
          for part in member.share(of: panelParts(of: size)) {
            member.multiply(
              operand, packed, panels: part * groups..<(part + 1) * groups, into: views.1)
          }
        }
        expectSameBits(whole.elements, expected)
        expectSameBits(parts.elements, expected)
      }
    }
  }

  @Test("misuse stops the program")
  func misuse() async {
    await #expect(processExitsWith: .failure) {
      _ = PackedMatrix(depth: 3, columns: 5, groups: 2)
    }
    await #expect(processExitsWith: .failure) {
      let packed = PackedMatrix(depth: 6, columns: 4, precision: .bfloat16)
      packed.pack(rows: Matrix(rows: 3, columns: 4).view, at: 1)
    }
    await #expect(processExitsWith: .failure) {
      let copy = RoundedCopy(rows: 3, columns: 4, precision: .bfloat16)
      copy.round(Matrix(rows: 1, columns: 4).view, at: 0, columns: 2..<5)
    }
    await #expect(processExitsWith: .failure) {
      let copy = RoundedCopy(rows: 3, columns: 4, precision: .bfloat16)
      copy.round(Matrix(rows: 2, columns: 4).view, at: 2, columns: 0..<4)
    }
    await #expect(processExitsWith: .failure) {
      let packed = PackedMatrix(depth: 4, columns: 4, precision: .bfloat16)
      let result = Buffer(rows: 2, columns: 4)
      ThreadTeam.serial.run {
        $0.multiply(Operand(Matrix(rows: 2, columns: 4).view), packed, into: result.view)
      }
    }
  }
}
