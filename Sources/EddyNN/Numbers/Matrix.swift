#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A dense matrix of 32-bit floats, row-major, 64-byte aligned.
///
/// A matrix is a value: a copy shares its storage until one of the two is written to. A vector is a
/// matrix of one row.
public struct Matrix: Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  private var storage: Storage

  /// A matrix of zeros, `[rows, columns]`.
  ///
  /// - Precondition: neither size is negative.
  public init(rows: Int, columns: Int) {
    precondition(
      rows >= 0 && columns >= 0, "Matrix needs sizes of 0 or more, found [\(rows), \(columns)].")
    self.rows = rows
    self.columns = columns
    storage = Storage(count: rows * columns)
  }

  /// A matrix of the given elements, row after row.
  ///
  /// - Precondition: there are `rows * columns` elements.
  public init(rows: Int, columns: Int, elements: [Float]) {
    self.init(rows: rows, columns: columns)
    precondition(
      elements.count == rows * columns,
      "Matrix [\(rows), \(columns)] needs \(rows * columns) elements, found \(elements.count).")
    unsafe elements.withUnsafeBufferPointer { source in
      if let base = source.baseAddress {
        unsafe storage.base.update(from: base, count: source.count)
      }
    }
  }

  /// The number of elements.
  public var count: Int { rows * columns }

  /// All elements, row after row. Complexity: O(rows · columns)
  public var elements: [Float] { withSpan { span in span.indices.map { span[$0] } } }

  /// One element.
  public subscript(row: Int, column: Int) -> Float {
    get {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns,
        "Matrix [\(rows), \(columns)] has no element [\(row), \(column)].")
      return unsafe storage.base[row * columns + column]
    }
    set {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns,
        "Matrix [\(rows), \(columns)] has no element [\(row), \(column)].")
      makeUnique()
      unsafe storage.base[row * columns + column] = newValue
    }
  }

  /// Rows `first ..< first + count`, copied: `[count, columns]`.
  public func rows(from first: Int, count: Int) -> Matrix {
    precondition(
      first >= 0 && count >= 0 && first + count <= rows,
      "Matrix [\(rows), \(columns)] has no rows \(first) ..< \(first + count).")
    let result = Matrix(rows: count, columns: columns)
    unsafe result.storage.base.update(
      from: storage.base + first * columns, count: count * columns)
    return result
  }

  /// The rows of these indices, in this order, copied: `[indices.count, columns]`.
  public func rows(_ indices: [Int]) -> Matrix {
    let result = Matrix(rows: indices.count, columns: columns)
    for (target, source) in indices.enumerated() {
      precondition(
        source >= 0 && source < rows, "Matrix [\(rows), \(columns)] has no row \(source).")
      unsafe (result.storage.base + target * columns).update(
        from: storage.base + source * columns, count: columns)
    }
    return result
  }

  /// The rows of all parts, one after the other.
  ///
  /// - Precondition: all parts have equally many columns, and there is at least one part.
  public init(joining parts: [Matrix]) {
    precondition(!parts.isEmpty, "Matrix(joining:) needs at least one part.")
    self.init(rows: parts.reduce(0) { $0 + $1.rows }, columns: parts[0].columns)
    var row = 0
    for part in parts {
      precondition(
        part.columns == columns,
        "Matrix(joining:) needs parts of \(columns) columns, found \(part.columns).")
      unsafe (storage.base + row * columns).update(from: part.storage.base, count: part.count)
      row += part.rows
    }
  }

  /// Reads the elements, row after row.
  public func withSpan<Result, Failure: Error>(
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let elements = unsafe UnsafeBufferPointer(start: storage.base, count: count)
    return try body(unsafe elements.span)
  }

  /// Changes the elements, row after row.
  public mutating func withMutableSpan<Result, Failure: Error>(
    _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    makeUnique()
    let elements = unsafe UnsafeMutableBufferPointer(start: storage.base, count: count)
    var span = unsafe elements.mutableSpan
    return try body(&span)
  }

  /// Changes the memory, row after row.
  package mutating func withUnsafeMutableBytes<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    makeUnique()
    return try unsafe body(
      UnsafeMutableRawBufferPointer(start: storage.base, count: count * MemoryLayout<Float>.stride))
  }

  /// Whether no element is infinite or NaN.
  public var isFinite: Bool { withSpan { span in span.indices.allSatisfy { span[$0].isFinite } } }

  /// Adds another matrix of the same shape.
  public mutating func add(_ other: Matrix) {
    precondition(
      rows == other.rows && columns == other.columns,
      "Matrix [\(rows), \(columns)] cannot add [\(other.rows), \(other.columns)].")
    withMutableSpan { sum in
      other.withSpan { span in for index in 0..<sum.count { sum[index] += span[index] } }
    }
  }

  /// A view to read from. It is valid while this matrix, or a copy of it, lives unchanged.
  package var view: MatrixView {
    unsafe MatrixView(base: storage.base, rows: rows, columns: columns)
  }

  /// A view to write to, of storage that no other matrix shares. It is valid until this matrix is
  /// copied or dies.
  package mutating func mutableView() -> MatrixView {
    makeUnique()
    return view
  }

  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
  }
}

extension Matrix: Equatable {
  /// Equal shapes and equal elements (`-0` equals `0`, NaN equals nothing).
  public static func == (left: Matrix, right: Matrix) -> Bool {
    guard left.rows == right.rows, left.columns == right.columns else { return false }
    return left.withSpan { a in right.withSpan { b in a.indices.allSatisfy { a[$0] == b[$0] } } }
  }
}

/// The memory of one or more equal matrices.
///
/// `@unchecked Sendable`: it is written to only while exactly one matrix refers to it, and then only
/// through a `mutating` method of that matrix.
@safe
private final class Storage: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int
  private static let hugePage = 1 << 21

  init(count: Int) {
    self.count = count
    let size = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = size >= 2 * Self.hugePage
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: size, alignment: isLarge ? Self.hugePage : 64)
    #if os(Linux)
      // Kernels jump from row to row: fewer pages are found sooner. A system that has none says no.
      if isLarge { _ = unsafe madvise(raw, size, MADV_HUGEPAGE) }
    #endif
    unsafe base = unsafe raw.bindMemory(to: Float.self, capacity: max(count, 1))
    unsafe base.initialize(repeating: 0, count: max(count, 1))
  }

  convenience init(copying other: Storage) {
    self.init(count: other.count)
    unsafe base.update(from: other.base, count: count)
  }

  deinit { unsafe base.deallocate() }
}
