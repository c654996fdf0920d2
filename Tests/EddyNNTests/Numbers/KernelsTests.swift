import EddyNN
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("The choice of kernels, and products on a team")
struct KernelsTests {
  @Test("every table has a name of its own, the baseline is always there")
  func names() {
    let names = Kernels.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.last == "baseline")
    for name in names { #expect(Kernels.named(name)?.name == name) }
    #expect(Kernels.named("abacus") == nil)
    #expect(names.contains(Kernels.best.name))
  }

  @Test("EDDY_KERNELS names the table")
  func forced() async {
    await #expect(processExitsWith: .success) {
      unsafe setenv("EDDY_KERNELS", "baseline", 1)
      exit(Kernels.best.name == "baseline" ? EXIT_SUCCESS : EXIT_FAILURE)
    }
  }

  @Test("EDDY_KERNELS with an unknown name stops the program")
  func forcedUnknown() async {
    await #expect(processExitsWith: .failure) {
      unsafe setenv("EDDY_KERNELS", "abacus", 1)
      _ = Kernels.best
    }
  }

  @Test("a product on a team equals the plain loop bit for bit", arguments: [1, 2, 3, 7])
  func multiply(threads: Int) {
    let team = ThreadTeam(count: threads)
    for (rows, depth, columns) in [(1, 1, 1), (25, 7, 65), (13, 0, 33), (0, 4, 4), (3, 300, 40)] {
      let a = Formula(1).matrix(rows: rows, columns: depth)
      let b = Formula(2).matrix(rows: depth, columns: columns)
      let bias = Formula(3).matrix(rows: 1, columns: columns)
      let packed = PackedMatrix(depth: depth, columns: columns)
      var (zero, biased, twice) = (
        Matrix(rows: rows, columns: columns), Matrix(rows: rows, columns: columns),
        Matrix(rows: rows, columns: columns)
      )
      let views = (zero.mutableView(), biased.mutableView(), twice.mutableView())
      let operand = Operand(a.view)
      team.run { member in
        packed.pack(b.view, member: member)
        member.barrier()
        member.multiply(operand, packed, into: views.0)
        member.multiply(operand, packed, into: views.1, from: .bias(bias.view))
        member.multiply(operand, packed, into: views.2)
        member.barrier()
        member.multiply(operand, packed, into: views.2, from: .result)
      }
      let (twinA, twinB) = (TwinMatrix<Float>(a), TwinMatrix<Float>(b))
      let product = twinA.product(twinB)
      expectSameBits(zero.elements, product.elements)
      expectSameBits(biased.elements, twinA.product(twinB, start: TwinMatrix(bias)).elements)
      expectSameBits(
        twice.elements, twinA.product(twinB, start: rows > 0 ? product : nil).elements)
    }
  }

  @Test("a transposed product and column sums on a team", arguments: [1, 2, 3, 7])
  func multiplyTransposed(threads: Int) {
    let team = ThreadTeam(count: threads)
    for (depth, rows, columns) in [(1, 1, 1), (7, 25, 65), (0, 13, 33), (300, 40, 3)] {
      let a = Formula(1).matrix(rows: depth, columns: rows)
      let b = Formula(2).matrix(rows: depth, columns: columns)
      // Deeper than what is packed: a window shorter than its trace.
      let packed = PackedMatrix(depth: depth + 3, columns: columns)
      var (product, sums) = (Matrix(rows: rows, columns: columns), Matrix(rows: 1, columns: rows))
      let views = (product.mutableView(), sums.mutableView())
      let operand = Operand(a.view)
      team.run { member in
        packed.pack(b.view, member: member)
        member.barrier()
        member.multiplyTransposed(operand, packed, into: GradientView(views.0))
        member.sumColumns(operand, into: views.1)
      }
      let twin = TwinMatrix<Float>(a)
      expectSameBits(product.elements, twin.transposed.product(TwinMatrix(b)).elements)
      expectSameBits(sums.elements, twin.columnSums.elements)
    }
  }

  @Test("a product of shapes that do not fit stops the program")
  func wrongShape() async {
    await #expect(processExitsWith: .failure) {
      let packed = PackedMatrix(depth: 3, columns: 4)
      let result = Buffer(rows: 2, columns: 4)
      ThreadTeam.serial.run {
        $0.multiply(Operand(Matrix(rows: 2, columns: 5).view), packed, into: result.view)
      }
    }
  }
}
