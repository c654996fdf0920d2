package import CEddyKernels

/// How the operands of matrix products are kept while a network runs. Sums, and the weights that are learned,
/// are 32-bit floats in any case.
public enum Precision: String, Sendable, Equatable, CaseIterable {
  case float32
  /// The upper half of a float: 8 bits of precision, products of twice the speed where the processor has
  /// them (AVX512-BF16), slow elsewhere, the same bits everywhere.
  case bfloat16
  /// A byte for each weight and a float for each row of weights (``QuantisedMatrix``); what they are multiplied with is
  /// rounded to 15 bits as it is read. For networks that are trained already: a fourth of the memory to read.
  case int8

  /// Those that a network can be trained in.
  public static let forTraining = allCases.filter(\.isForTraining)

  /// Whether a network can be trained in this precision.
  public var isForTraining: Bool { self != .int8 }

  /// The precision of the left-hand sides of products whose right-hand sides have this one.
  package var leftHandSide: Precision { self == .int8 ? .float32 : self }

  /// The units of 4 bytes that so many values of `k` are in a left-hand side.
  package func units(_ values: Int) -> Int { self == .bfloat16 ? (values + 1) / 2 : values }

  /// The floats that a panel of a right-hand side of so many rows takes.
  package func panelSize(depth: Int) -> Int {
    self == .int8 ? panelColumns + (depth + 1) / 2 * panelColumns / 2 : units(depth) * panelColumns
  }

  /// The kernels for such operands.
  ///
  /// - Precondition: ``isForTraining``; int8 has kernels of its own.
  package var products: EddyProducts {
    switch self {
    case .float32: unsafe Kernels.best.table.pointee.float32
    case .bfloat16: unsafe Kernels.best.table.pointee.bfloat16
    case .int8: preconditionFailure("int8 is for networks that are trained already.")
    }
  }
}
