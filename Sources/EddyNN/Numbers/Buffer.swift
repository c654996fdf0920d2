/// A matrix that its owner makes once and that is overwritten in place.
///
/// What a training step reads and writes lives in buffers, so that it allocates nothing. A sequence
/// is time-major and flat: `[T·B, D]`, row `t·B + b`.
public struct Buffer: ~Copyable, Sendable {
  private var storage: Matrix

  /// A buffer of zeros, `[rows, columns]`.
  public init(rows: Int, columns: Int) { storage = Matrix(rows: rows, columns: columns) }

  /// A buffer that holds a copy of `matrix`.
  public init(_ matrix: Matrix) { storage = Matrix(joining: [matrix]) }

  /// The number of rows.
  public var rows: Int { storage.rows }
  /// The number of columns.
  public var columns: Int { storage.columns }

  /// A copy of what the buffer holds now.
  public var matrix: Matrix { Matrix(joining: [storage]) }

  /// Reads the elements, row after row.
  public func withSpan<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try storage.withSpan(body)
  }

  /// Changes the elements, row after row.
  public mutating func withMutableSpan<Result, Failure: Error>(
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try storage.withMutableSpan(body)
  }

  /// A view to read from and write to, valid while this buffer lives: no other value shares its storage.
  package var view: MatrixView { storage.view }

  /// The number of bytes that the elements take.
  package var byteCount: Int { storage.count * MemoryLayout<Float>.stride }
}
