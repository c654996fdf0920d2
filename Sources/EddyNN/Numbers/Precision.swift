package import CEddyKernels

/// How the operands of matrix products are kept while a network runs. Sums, and the weights that are learned
/// and saved, are 32-bit floats in any case.
public enum Precision: String, Sendable, Equatable, CaseIterable {
  case float32
  /// The upper half of a float: 8 bits of precision, products of twice the speed where the processor has
  /// them (AVX512-BF16), slow elsewhere, the same bits everywhere.
  case bfloat16

  /// How many values of `k` there are in one unit of 4 bytes.
  private var valuesPerUnit: Int { self == .bfloat16 ? 2 : 1 }

  /// The units of so many values.
  package func units(_ values: Int) -> Int { (values + valuesPerUnit - 1) / valuesPerUnit }

  /// The kernels for such operands.
  package var products: EddyProducts {
    switch self {
    case .float32: unsafe Kernels.best.table.pointee.float32
    case .bfloat16: unsafe Kernels.best.table.pointee.bfloat16
    }
  }
}
