package import CEddyKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The C kernels, chosen for this processor.
@safe
package struct Kernels: @unchecked Sendable {
  /// The fastest kernels that this processor runs, or those that `EDDY_KERNELS` names.
  ///
  /// - Precondition: ``requested()`` does not throw.
  package static let best: Kernels = {
    do throws(UnknownKernels) {
      return try requested() ?? all[0]
    } catch {
      preconditionFailure(error.description)
    }
  }()

  /// The kernels that the environment variable `EDDY_KERNELS` names, nil without it.
  package static func requested() throws(UnknownKernels) -> Kernels? {
    guard let name = unsafe getenv("EDDY_KERNELS") else { return nil }
    let requested = unsafe String(cString: name)
    guard let kernels = named(requested) else { throw UnknownKernels(name: requested) }
    return kernels
  }

  /// All kernels that this processor runs, the fastest first.
  package static var all: [Kernels] {
    let tables = unsafe [eddy_kernels_avx512(), eddy_kernels_avx2(), eddy_kernels_neon()]
    return unsafe tables.compactMap { unsafe $0.map { unsafe Kernels(table: $0) } }
      + [unsafe Kernels(table: eddy_kernels_baseline())]
  }

  /// The kernels of this name, if this processor runs them.
  package static func named(_ name: String) -> Kernels? { all.first { $0.name == name } }

  package let table: UnsafePointer<EddyKernels>

  /// `avx512`, `avx2`, `neon` or `baseline`.
  package var name: String { unsafe String(cString: table.pointee.name) }

  package init(table: UnsafePointer<EddyKernels>) { unsafe self.table = table }
}

/// `EDDY_KERNELS` names kernels that this processor does not run.
package struct UnknownKernels: Error, CustomStringConvertible {
  package let name: String

  package var description: String {
    "The environment variable EDDY_KERNELS must be one of "
      + "\(Kernels.all.map(\.name).joined(separator: ", ")) on this processor, not '\(name)'."
  }
}

/// Columns of one panel of packed weights.
package let panelColumns = Int(EDDY_PANEL)

/// Elements of one chunk of a reduction.
package let chunkSize = Int(EDDY_CHUNK)

/// What a product starts from.
package enum ProductStart {
  case zero
  /// One row, added to every row of the result.
  case bias(MatrixView)
  /// What the result holds already.
  case result
}

extension ThreadTeam.Member {
  /// This member's part of `result = start + a·b`, `[M, N]` from `[M, K]` and `[K, N]` in panels.
  ///
  /// The members share out tiles of the result; a barrier must follow before it is read.
  package func multiply(
    _ a: Operand, _ b: borrowing PackedMatrix, into result: MatrixView,
    from start: ProductStart = .zero
  ) {
    let tiles = Self.tiles(a.rows)
    multiply(a, b, into: result, from: start, items: share(of: b.panelCount * tiles))
  }

  /// The columns of `result = start + a·b` that some panels of `b` hold.
  package func multiply(
    _ a: Operand, _ b: borrowing PackedMatrix, panels: Range<Int>, into result: MatrixView,
    from start: ProductStart = .zero
  ) {
    let tiles = Self.tiles(a.rows)
    let items = panels.lowerBound * tiles..<panels.upperBound * tiles
    multiply(a, b, into: result, from: start, items: items)
  }

  private static func tiles(_ rows: Int) -> Int {
    let tileRows = unsafe Kernels.best.table.pointee.tile_rows
    return (rows + tileRows - 1) / tileRows
  }

  private func multiply(
    _ a: Operand, _ b: borrowing PackedMatrix, into result: MatrixView, from start: ProductStart,
    items: Range<Int>
  ) {
    precondition(
      a.precision == b.precision.leftHandSide && a.columns == b.depth && result.rows == a.rows
        && result.columns == b.columns,
      "A product [\(a.rows), \(a.columns)]·[\(b.depth), \(b.columns)] "
        + "does not give [\(result.rows), \(result.columns)].")
    guard result.count > 0 else { return }
    let (base, distance): (UnsafePointer<Float>?, Int)
    switch start {
    case .zero: unsafe (base, distance) = (nil, 0)
    case .bias(let row):
      precondition(row.count == b.columns, "A bias of \(b.columns) is needed, found \(row.count).")
      unsafe (base, distance) = (UnsafePointer(row.base), 0)
    case .result: unsafe (base, distance) = (UnsafePointer(result.base), result.columns)
    }
    let product =
      unsafe b.precision == .int8
      ? Kernels.best.table.pointee.int8.product : b.precision.products.product
    unsafe product(
      result.base, result.columns, base, distance, a.base, a.distance, b.base, a.rows,
      a.precision.units(a.columns), b.columns, b.groups, items.lowerBound, items.upperBound)
  }

  /// This member's part of `gradient = aᵀ·b`, `[M, N]` from `[K, M]` and `[K, N]` in panels, some rows at a
  /// time.
  package func multiplyTransposed(
    _ a: Operand, _ b: borrowing PackedMatrix, into gradient: GradientView
  ) {
    let result = gradient.values
    precondition(
      a.precision == b.precision && a.rows <= b.depth && result.rows == a.columns
        && result.columns == b.columns,
      "A product [\(a.rows), \(a.columns)]ᵀ·[\(b.depth), \(b.columns)] "
        + "does not give [\(result.rows), \(result.columns)].")
    let tileRows = unsafe Kernels.best.table.pointee.tile_rows
    let products = a.precision.products
    let own = share(of: a.columns, grain: tileRows)
    for first in stride(from: own.lowerBound, to: own.upperBound, by: 4 * tileRows) {
      let rows = first..<min(first + 4 * tileRows, own.upperBound)
      unsafe products.product_transposed(
        result.base, result.columns, a.base, a.distance, nil, b.base,
        a.precision.units(a.rows) * panelColumns, a.rows, b.columns, rows.lowerBound,
        rows.upperBound)
      gradient.finish(rows: rows)
    }
  }

  /// This member's part of `sums[j] = Σ x[row, j]`, rows in ascending order.
  package func sumColumns(_ x: Operand, into sums: MatrixView) {
    precondition(
      sums.count == x.columns, "Sums of \(x.columns) columns are needed, found \(sums.count).")
    let part = share(of: x.columns, grain: 16)
    unsafe x.precision.products.column_sums(
      sums.base, x.base, x.distance, nil, x.rows, part.lowerBound, part.upperBound)
  }
}
