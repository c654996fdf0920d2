import CEddyKernels
import EddyNN
import Testing

/// The shape of a product `[rows, k]·[k, columns]`.
struct ProductShape: CustomTestStringConvertible, Sendable {
  var rows, k, columns: Int

  /// Every tile height; block and panel edges; nothing at all.
  static let all =
    (1...25).map { ProductShape(rows: $0, k: 3, columns: 33) }
    + [0, 1, 2, 255, 256, 257, 513].map { ProductShape(rows: 5, k: $0, columns: 17) }
    + [1, 5, 9, 17, 31, 32, 33, 64, 65].map { ProductShape(rows: 13, k: 4, columns: $0) }
    + [ProductShape(rows: 13, k: 513, columns: 1), ProductShape(rows: 0, k: 3, columns: 5)]

  var testDescription: String { "[\(rows), \(k)]·[\(k), \(columns)]" }
}

@Suite("Products equal their twins bit for bit")
struct ProductTests {
  @Test("C = start + A·B, however the tiles are shared out", arguments: KernelSet.all)
  func product(_ set: KernelSet) {
    for shape in ProductShape.all {
      let a = TwinMatrix(formula: 1, rows: shape.rows, columns: shape.k)
      let b = TwinMatrix(formula: 2, rows: shape.k, columns: shape.columns)
      let bias = TwinMatrix(formula: 3, rows: 1, columns: shape.columns)
      let full = TwinMatrix(formula: 4, rows: shape.rows, columns: shape.columns)
      for (start, gap) in [(nil, 0), (bias, 3), (full, 5)] {
        let expected = a.product(b, start: start)
        for cut in cuts(of: set.items(of: shape)) {
          expectSameBits(
            set.product(a, b, start: start, gap: gap, cut: cut), expected.elements,
            "\(set.kernels.name) \(shape.testDescription) start \(start?.rows ?? 0) cut \(cut)")
        }
      }
    }
  }

  @Test("a product adds to what is there", arguments: KernelSet.all)
  func accumulate(_ set: KernelSet) {
    for shape in ProductShape.all where shape.k != 3 {
      let a = TwinMatrix(formula: 1, rows: shape.rows, columns: shape.k)
      let b = TwinMatrix(formula: 2, rows: shape.k, columns: shape.columns)
      let c = TwinMatrix(formula: 3, rows: shape.rows, columns: shape.columns)
      let (result, left, panels) = (Guarded(c, gap: 2), Guarded(a), Guarded(b.panels))
      unsafe set.table.float32.product(
        result.base, result.distance, result.base, result.distance, left.base, left.distance,
        panels.base, shape.rows, shape.k, shape.columns, 1, 0, set.items(of: shape))
      expectSameBits(
        result.elements, a.product(b, start: c).elements,
        "\(set.kernels.name) \(shape.testDescription)")
    }
  }

  @Test("C = Aᵀ·B, however the rows are shared out", arguments: KernelSet.all)
  func productTransposed(_ set: KernelSet) {
    for shape in ProductShape.all {
      let a = TwinMatrix(formula: 5, rows: shape.k, columns: shape.rows)
      let b = TwinMatrix(formula: 6, rows: shape.k, columns: shape.columns)
      let expected = a.transposed.product(b)
      let (left, panels) = (Guarded(a, gap: 4), Guarded(b.panels))
      for cut in cuts(of: shape.rows) {
        let result = Guarded(rows: shape.rows, columns: shape.columns, gap: 1)
        for rows in cut {
          unsafe set.table.float32.product_transposed(
            result.base, result.distance, left.base, left.distance, nil, panels.base, shape.k * 32,
            shape.k, shape.columns, rows.lowerBound, rows.upperBound)
        }
        #expect(result.isIntact)
        expectSameBits(
          result.elements, expected.elements,
          "\(set.kernels.name) \(shape.testDescription) cut \(cut)")
      }
    }
  }

  @Test("packing, straight and transposed", arguments: KernelSet.all)
  func pack(_ set: KernelSet) {
    for shape in ProductShape.all where shape.rows != 13 || shape.k == 4 {
      let b = TwinMatrix(formula: 7, rows: shape.k, columns: shape.columns)
      for (transposed, source) in [(false, b), (true, b.transposed)] {
        let source = Guarded(source, gap: 3)
        for cut in cuts(of: (shape.columns + 31) / 32) {
          let panels = Guarded(columns: b.panels.count)
          for part in cut {
            if transposed {
              unsafe set.table.float32.pack_transposed(
                panels.base, source.base, source.distance, shape.k, shape.columns, 1,
                part.lowerBound, part.upperBound)
            } else {
              unsafe set.table.float32.pack(
                panels.base, shape.k * 32, source.base, source.distance, nil, shape.k,
                shape.columns, 1, part.lowerBound, part.upperBound)
            }
          }
          #expect(panels.isIntact)
          expectSameBits(
            panels.elements, b.panels,
            "\(set.kernels.name) [\(shape.k), \(shape.columns)] transposed \(transposed)")
        }
      }
    }
  }

  @Test("column sums, however the columns are shared out", arguments: KernelSet.all)
  func columnSums(_ set: KernelSet) {
    for rows in [0, 1, 2, 35] {
      for columns in [0, 1, 4, 5, 9, 17, 33, 65] {
        let x = TwinMatrix(formula: 8, rows: rows, columns: columns)
        let source = Guarded(x, gap: 2)
        for cut in cuts(of: columns) {
          let sums = Guarded(columns: columns)
          for part in cut {
            unsafe set.table.float32.column_sums(
              sums.base, source.base, source.distance, nil, rows, part.lowerBound,
              part.upperBound)
          }
          #expect(sums.isIntact)
          expectSameBits(
            sums.elements, x.columnSums.elements, "\(set.kernels.name) [\(rows), \(columns)]")
        }
      }
    }
  }
}

extension KernelSet {
  /// The items of work of a product.
  fileprivate func items(of shape: ProductShape) -> Int {
    let tileRows = unsafe table.tile_rows
    return (shape.columns + 31) / 32 * ((shape.rows + tileRows - 1) / tileRows)
  }

  /// The product as the kernel computes it, part by part.
  fileprivate func product(
    _ a: TwinMatrix<Float>, _ b: TwinMatrix<Float>, start: TwinMatrix<Float>?, gap: Int,
    cut: [Range<Int>]
  ) -> [Float] {
    let (left, panels) = (Guarded(a, gap: gap), Guarded(b.panels))
    let begin = start.map { Guarded($0, gap: gap) }
    let result = Guarded(rows: a.rows, columns: b.columns, gap: gap)
    for part in cut {
      unsafe table.float32.product(
        result.base, result.distance, begin?.base, start?.rows == 1 ? 0 : begin?.distance ?? 0,
        left.base, left.distance, panels.base, a.rows, a.columns, b.columns, 1, part.lowerBound,
        part.upperBound)
    }
    #expect(result.isIntact)
    return result.elements
  }
}
