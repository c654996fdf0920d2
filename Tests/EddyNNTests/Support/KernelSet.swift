import CEddyKernels
import EddyNN
import Testing

/// Kernels as a test argument that prints its name.
struct KernelSet: CustomTestStringConvertible, Sendable {
  let kernels: Kernels

  /// Every table that this processor runs.
  static let all = Kernels.all.map(KernelSet.init)

  var table: EddyKernels { unsafe kernels.table.pointee }
  var testDescription: String { kernels.name }
}

/// Ways to cut `0 ..< total` into the ranges that threads get: whole, one by one, and unevenly.
func cuts(of total: Int) -> [[Range<Int>]] {
  let uneven = [0, total / 5, total / 5, total / 5 + (total - total / 5) * 2 / 3, total]
  return [
    [0..<total],
    (0..<total).map { $0..<$0 + 1 },
    zip(uneven, uneven.dropFirst()).map { $0..<$1 }.reversed(),
  ]
}
