extension Safetensors {
  /// How the elements of a tensor are stored.
  public enum DType: String, Sendable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int8 = "I8"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"

    /// Bytes per element.
    public var size: Int {
      switch self {
      case .float64, .int64: 8
      case .float32, .int32, .uint32: 4
      case .float16, .bfloat16, .uint16: 2
      case .int8, .uint8: 1
      }
    }
  }

  /// Where and how a tensor lies in a file.
  public struct Tensor: Sendable, Equatable {
    public var dtype: DType
    /// The sizes of its axes; empty for a single number.
    public var shape: [Int]
    /// Its bytes, from the start of the file.
    public var range: Range<Int>

    /// The number of elements.
    public var count: Int { range.count / dtype.size }
  }
}
