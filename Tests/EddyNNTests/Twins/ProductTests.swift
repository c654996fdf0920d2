import CEddyKernels
import EddyNN
import Testing

/// The shape of a product `[rows, k]·[k, columns]`.
struct ProductShape: CustomTestStringConvertible, Sendable {
  var rows, k, columns: Int
  /// The groups of equal size that the columns are.
  var groups = 1

  /// Every tile height; the edges of panels, of what is packed at a time (256), of pieces of k (768) and of
  /// chunks (24 tiles, 4 panels); nothing at all.
  static let all =
    (1...25).map { ProductShape(rows: $0, k: 3, columns: 33) }
    + [0, 1, 2, 255, 256, 257, 767, 768, 769, 1537].map {
      ProductShape(rows: 5, k: $0, columns: 17)
    } + chunks
    + [1, 5, 9, 17, 31, 32, 33, 64, 65].map { ProductShape(rows: 13, k: 4, columns: $0) }
    + [ProductShape(rows: 13, k: 513, columns: 1), ProductShape(rows: 0, k: 3, columns: 5)]

  private static let chunks = [26, 73, 300].map { ProductShape(rows: $0, k: 2, columns: 161) }

  /// The same in bfloat16, where pieces are twice as long; a little less of it.
  static let bfloat16 =
    (1...13).map { ProductShape(rows: $0, k: 3, columns: 33) }
    + [0, 1, 2, 511, 512, 513, 1535, 1536, 1537, 3073].map {
      ProductShape(rows: 2, k: $0, columns: 5)
    } + chunks
    + [1, 9, 17, 31, 32, 65].map { ProductShape(rows: 13, k: 4, columns: $0) }
    + [ProductShape(rows: 1, k: 513, columns: 9), ProductShape(rows: 0, k: 3, columns: 5)]

  /// Groups of less than a panel, of a panel, of one column more, of odd size.
  static let grouped = [1, 5, 32, 33, 67].flatMap { size in
    [(1, 2), (1, 4), (3, 3), (14, 4)].map { rows, groups in
      ProductShape(rows: rows, k: 3, columns: groups * size, groups: groups)
    }
  }

  static func all(_ precision: Precision) -> [ProductShape] {
    precision == .float32 ? all : bfloat16
  }

  var panels: Int { groups * ((columns / groups + 31) / 32) }

  var testDescription: String { "[\(rows), \(k)]·[\(k), \(columns)]" }
}

@Suite("Products equal their twins bit for bit")
struct ProductTests {
  @Test(
    "C = start + A·B, however the tiles are shared out", arguments: KernelSet.all,
    Precision.forTraining)
  func product(_ set: KernelSet, _ precision: Precision) {
    for shape in ProductShape.all(precision) {
      let a = TwinMatrix(formula: 1, rows: shape.rows, columns: shape.k)
      let b = TwinMatrix(formula: 2, rows: shape.k, columns: shape.columns)
      let bias = TwinMatrix(formula: 3, rows: 1, columns: shape.columns)
      let full = TwinMatrix(formula: 4, rows: shape.rows, columns: shape.columns)
      for (start, gap) in [(nil, 0), (bias, 3), (full, 5)] {
        let expected = precision.product(a, b, start: start)
        for cut in cuts(of: set.items(of: shape)) {
          expectSameBits(
            set.product(precision, a, b, start: start, gap: gap, cut: cut), expected.elements,
            "\(set.kernels.name) \(shape.testDescription) start \(start?.rows ?? 0) cut \(cut)")
        }
      }
    }
  }

  @Test("columns in groups: the same product", arguments: KernelSet.all, Precision.forTraining)
  func groups(_ set: KernelSet, _ precision: Precision) {
    for shape in ProductShape.grouped {
      let a = TwinMatrix(formula: 1, rows: shape.rows, columns: shape.k)
      let b = TwinMatrix(formula: 2, rows: shape.k, columns: shape.columns)
      let bias = TwinMatrix(formula: 3, rows: 1, columns: shape.columns)
      let expected = precision.product(a, b, start: bias)
      for cut in cuts(of: set.items(of: shape)) {
        expectSameBits(
          set.product(
            precision, a, b, groups: shape.groups, start: bias, gap: 3, cut: cut),
          expected.elements,
          "\(set.kernels.name) \(shape.testDescription) in \(shape.groups) cut \(cut)")
      }
    }
  }

  @Test("a product adds to what is there", arguments: KernelSet.all, Precision.forTraining)
  func accumulate(_ set: KernelSet, _ precision: Precision) {
    for shape in ProductShape.all(precision) where shape.k != 3 {
      let a = TwinMatrix(formula: 1, rows: shape.rows, columns: shape.k)
      let b = TwinMatrix(formula: 2, rows: shape.k, columns: shape.columns)
      let c = TwinMatrix(formula: 3, rows: shape.rows, columns: shape.columns)
      let (left, panels) = (Guarded(precision.units(of: a)), Guarded(precision.panels(of: b)))
      let result = Guarded(c, gap: 2)
      unsafe precision.products(of: set).product(
        result.base, result.distance, result.base, result.distance, left.base, left.distance,
        panels.base, shape.rows, left.columns, shape.columns, 1, 0, set.items(of: shape))
      #expect(result.isIntact)
      expectSameBits(
        result.elements, precision.product(a, b, start: c).elements,
        "\(set.kernels.name) \(shape.testDescription)")
    }
  }

  @Test(
    "C = Aᵀ·B, however the rows are shared out", arguments: KernelSet.all, Precision.forTraining)
  func productTransposed(_ set: KernelSet, _ precision: Precision) {
    for shape in ProductShape.all(precision) {
      let a = TwinMatrix(formula: 5, rows: shape.k, columns: shape.rows)
      let b = TwinMatrix(formula: 6, rows: shape.k, columns: shape.columns)
      let expected = precision.product(a.transposed, b)
      let left = Guarded(precision.units(of: a), gap: 4)
      let panels = Guarded(precision.panels(of: b), gap: 32)
      for cut in cuts(of: shape.rows) {
        let result = Guarded(rows: shape.rows, columns: shape.columns, gap: 1)
        for rows in cut {
          unsafe precision.products(of: set).product_transposed(
            result.base, result.distance, left.base, left.distance, nil, panels.base,
            panels.distance, shape.k, shape.columns, rows.lowerBound, rows.upperBound)
        }
        #expect(result.isIntact)
        expectSameBits(
          result.elements, expected.elements,
          "\(set.kernels.name) \(shape.testDescription) cut \(cut)")
      }
    }
  }

  @Test("column sums, however the columns are shared out", arguments: KernelSet.all)
  func columnSums(_ set: KernelSet) {
    for precision in Precision.forTraining {
      for rows in [0, 1, 2, 35] {
        for columns in [0, 1, 4, 5, 9, 17, 33, 65, 131] {
          let x = TwinMatrix(formula: 8, rows: rows, columns: columns)
          let source = Guarded(precision.units(of: x), gap: 2)
          var expected = x
          expected.elements = x.elements.map(precision.nearest)
          for cut in cuts(of: columns) {
            let sums = Guarded(columns: columns)
            for part in cut {
              unsafe precision.products(of: set).column_sums(
                sums.base, source.base, source.distance, nil, rows, part.lowerBound,
                part.upperBound)
            }
            #expect(sums.isIntact)
            expectSameBits(
              sums.elements, expected.columnSums.elements,
              "\(set.kernels.name) \(precision) [\(rows), \(columns)]")
          }
        }
      }
    }
  }
}

@Suite("Panels equal their twins bit for bit")
struct PackingTests {
  @Test(
    "packing, straight and transposed, in groups or not", arguments: KernelSet.all,
    Precision.forTraining)
  func pack(_ set: KernelSet, _ precision: Precision) {
    let whole = ProductShape.all(precision).filter { $0.rows != 13 || $0.k == 4 }
    for shape in whole + ProductShape.grouped {
      let b = TwinMatrix(formula: 7, rows: shape.k, columns: shape.columns)
      let expected = precision.panels(of: b, groups: shape.groups)
      let (source, transposed) = (Guarded(b, gap: 3), Guarded(b.transposed, gap: 3))
      for cut in cuts(of: shape.panels) {
        // Panels that are part of deeper ones, and panels one after the other.
        let straight = Guarded(rows: expected.rows, columns: expected.columns, gap: 64)
        let dense = Guarded(rows: expected.rows, columns: expected.columns)
        for part in cut {
          unsafe precision.products(of: set).pack(
            straight.base, straight.distance, source.base, source.distance, nil, shape.k,
            shape.columns, shape.groups, part.lowerBound, part.upperBound)
          unsafe precision.products(of: set).pack_transposed(
            dense.base, transposed.base, transposed.distance, shape.k, shape.columns,
            shape.groups, part.lowerBound, part.upperBound)
        }
        #expect(straight.isIntact && dense.isIntact)
        let what = "\(set.kernels.name) [\(shape.k), \(shape.columns)] in \(shape.groups)"
        expectSameUnits(straight, expected, what)
        expectSameUnits(dense, expected, "\(what), transposed")
      }
    }
  }

  @Test("packing special values", arguments: KernelSet.all)
  func special(_ set: KernelSet) {
    let values = Bfloat16RoundingTests.special
    let b = TwinMatrix(rows: values.count, columns: 1, elements: values)
    let expected = Precision.bfloat16.panels(of: b)
    let source = Guarded(b)
    let (straight, transposed) = (
      Guarded(columns: expected.columns), Guarded(columns: expected.columns)
    )
    unsafe set.table.bfloat16.pack(
      straight.base, straight.distance, source.base, 1, nil, b.rows, 1, 1, 0, 1)
    unsafe set.table.bfloat16.pack_transposed(
      transposed.base, source.base, b.rows, b.rows, 1, 1, 0, 1)
    expectSameUnits(straight, expected, "straight")
    expectSameUnits(transposed, expected, "transposed")
  }
}

@Suite("Products of some of the rows equal their twins bit for bit")
struct IndexedProductTests {
  /// Rows of `0 ..< 40`, ascending, of every tile height and more.
  static let indices: [[Int32]] =
    (0...14).map { count in (0..<Int32(count)).map { $0 * $0 / 8 + $0 } } + [Array(0..<40)]

  @Test(
    "packed rows and C = Aᵀ·B of them", arguments: KernelSet.all, Precision.forTraining)
  func productTransposed(_ set: KernelSet, _ precision: Precision) {
    let products = precision.products(of: set)
    for (index, columns) in Self.indices.map({ ($0, 37) }) + [([3, 9, 11], 32), ([39], 1)] {
      let a = TwinMatrix(formula: 5, rows: 40, columns: 17)
      let b = TwinMatrix(formula: 6, rows: 40, columns: columns)
      let (someA, someB) = (a.rows(index), b.rows(index))
      let expectedPanels = precision.panels(of: someB)
      let (left, right) = (Guarded(precision.units(of: a), gap: 1), Guarded(b, gap: 2))
      let panels = Guarded(rows: expectedPanels.rows, columns: expectedPanels.columns)
      unsafe products.pack(
        panels.base, panels.distance, right.base, right.distance, index, index.count, columns, 1,
        0, panels.rows)
      #expect(panels.isIntact)
      let what = "\(set.kernels.name) rows \(index)"
      expectSameUnits(panels, expectedPanels, what)
      let result = Guarded(rows: a.columns, columns: columns, gap: 3)
      let sums = Guarded(columns: a.columns)
      for rows in [0..<5, 5..<17] {
        unsafe products.product_transposed(
          result.base, result.distance, left.base, left.distance, index, panels.base,
          panels.distance, index.count, columns, rows.lowerBound, rows.upperBound)
        unsafe products.column_sums(
          sums.base, left.base, left.distance, index, index.count, rows.lowerBound,
          rows.upperBound)
      }
      #expect(result.isIntact && sums.isIntact)
      expectSameBits(
        result.elements, precision.product(someA.transposed, someB).elements, what)
      var rounded = someA
      rounded.elements = someA.elements.map(precision.nearest)
      expectSameBits(sums.elements, rounded.columnSums.elements, what)
    }
  }

  @Test("some rows of C += A·B", arguments: KernelSet.all, Precision.forTraining)
  func productScattered(_ set: KernelSet, _ precision: Precision) {
    // A block of 32 values, its last odd part, one value.
    for (depth, columns) in [(32, 37), (5, 64), (1, 1), (0, 3)] {
      let a = TwinMatrix(formula: 1, rows: 40, columns: depth)
      let b = TwinMatrix(formula: 2, rows: depth, columns: columns)
      let c = TwinMatrix(formula: 3, rows: 40, columns: columns)
      let all = precision.product(a, b, start: c)
      let left = Guarded(precision.units(of: a), gap: 3)
      // The panels are part of deeper ones.
      let panels = Guarded(precision.panels(of: b), gap: 96)
      for index in depth == 32 ? Self.indices : [[], [7], [0, 3, 39]] {
        let result = Guarded(c, gap: 2)
        unsafe precision.products(of: set).product_scattered(
          result.base, result.distance, index, index.count, left.base, left.distance, panels.base,
          panels.distance, left.columns, columns)
        #expect(result.isIntact)
        let expected = (0..<40).flatMap { row in
          (0..<columns).map { index.contains(Int32(row)) ? all[row, $0] : c[row, $0] }
        }
        expectSameBits(
          result.elements, expected, "\(set.kernels.name) [\(depth), \(columns)] rows \(index)")
      }
    }
  }
}

@Suite("bfloat16 products are those of vdpbf16ps")
struct Bfloat16ProductTests {
  /// A matrix of numbers that a formula picks from a list.
  private func matrix(
    _ seed: Int, rows: Int, columns: Int, from list: [Float]
  ) -> TwinMatrix<Float> {
    let picks = Formula(seed).integers(rows * columns, below: 2 * list.count)
    return TwinMatrix(
      rows: rows, columns: columns,
      elements: picks.map { $0 < list.count ? list[$0] : -list[$0 - list.count] })
  }

  private func check(
    _ set: KernelSet, operands: [Float], starts: [Float],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (seed, depth) in [1, 2, 2, 3, 6].enumerated() {
      let a = matrix(3 * seed, rows: 26, columns: depth, from: operands)
      let b = matrix(3 * seed + 1, rows: depth, columns: 33, from: operands)
      let start = matrix(3 * seed + 2, rows: 26, columns: 33, from: starts)
      let expected = Precision.bfloat16.product(a, b, start: start)
      let found = set.product(
        .bfloat16, a, b, start: start, gap: 1,
        cut: [0..<set.items(of: ProductShape(rows: 26, k: depth, columns: 33))])
      expectSameBits(found, expected.elements, "depth \(depth)", sourceLocation: sourceLocation)
      // One row at a time, which is a product of its own kind.
      for row in 0..<3 {
        expectSameBits(
          set.product(
            .bfloat16, a.rows([Int32(row)]), b, start: start.rows([Int32(row)]), gap: 0,
            cut: [0..<2]),
          expected.rows([Int32(row)]).elements, "row \(row)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test("around 2⁻¹²⁶, below which there are zeros", arguments: KernelSet.all)
  func tiny(_ set: KernelSet) {
    let edge = Float.leastNormalMagnitude
    let starts: [Float] = [
      0, edge, edge.nextUp, edge.nextDown, edge.nextUp.nextUp, 1.5 * edge, edge / 2, 3 * edge,
      .leastNonzeroMagnitude,
    ]
    // Products of 2⁻¹²⁶ and of some units of the last place there, above and below.
    check(
      set,
      operands: [
        0, 0x1p-63, 0x1.02p-63, 0x1.FEp-64, 0x1p-62, 0x1p-75, 0x1p-76, 0x1.8p-75, 0x1.02p-76,
        0x1.FEp-77, 0x1p-88,
      ], starts: starts)
    // Operands that are themselves at the edge: the least bfloat16 is 2⁻¹³³.
    check(
      set,
      operands: [
        edge, 0x1.02p-126, 0x1.FCp-127, 0x1p-127, 0x1p-133, 1, 0x1p-1, 0x1.FEp-1, 0x1p126, 0,
      ], starts: starts)
  }

  @Test("where a result is tiny only if it is rounded first", arguments: KernelSet.all)
  func roundedFirst(_ set: KernelSet) {
    // 2⁻¹²⁶ + 2⁻¹⁴⁹ less 2⁻¹⁴⁹ + 2⁻¹⁵⁰, 2⁻¹⁴⁹ + 2⁻¹⁵¹, 2⁻¹⁴⁹ + 2⁻¹⁵²; with 24 digits the first is no tie.
    let edge = Float.leastNormalMagnitude
    let a = TwinMatrix(rows: 1, columns: 1, elements: [Float(0x1p-75)])
    let b = TwinMatrix(
      rows: 1, columns: 3, elements: [-0x1.8p-74, -0x1.4p-74, -0x1.2p-74] as [Float])
    let start = TwinMatrix(rows: 1, columns: 3, elements: [Float](repeating: edge.nextUp, count: 3))
    expectSameBits(
      set.product(.bfloat16, a, b, start: start, gap: 0, cut: [0..<1]), [0, edge, edge])
  }

  @Test("large, infinite, not a number", arguments: KernelSet.all)
  func large(_ set: KernelSet) {
    check(
      set, operands: [0, 1, 0x1p64, 0x1.FEp63, 0x1.FEp127, .infinity, .nan],
      starts: [0, 1, .greatestFiniteMagnitude, 0x1p127, .infinity, .nan])
  }

  @Test("what a missing half of the last unit is multiplied with is 0", arguments: KernelSet.all)
  func missingHalf(_ set: KernelSet) {
    let a = TwinMatrix<Float>(rows: 3, columns: 2, elements: [1, 2, 3, 4, .infinity, -.infinity])
    let b = TwinMatrix<Float>(rows: 3, columns: 1, elements: [1, 1, .greatestFiniteMagnitude])
    let left = Guarded(Precision.bfloat16.units(of: a))
    let panels = Guarded(Precision.bfloat16.panels(of: b))
    let result = Guarded(rows: 2, columns: 1)
    unsafe set.table.bfloat16.product_transposed(
      result.base, 1, left.base, left.distance, nil, panels.base, panels.distance, 3, 1, 0, 2)
    expectSameBits(result.elements, [.infinity, -.infinity])
  }

  @Test("of a pair the second product comes first", arguments: KernelSet.all)
  func order(_ set: KernelSet) {
    let a = TwinMatrix<Float>(rows: 1, columns: 2, elements: [0x1p-13, 1])
    let b = TwinMatrix<Float>(rows: 2, columns: 1, elements: [0x1p-12, -1])
    let one = TwinMatrix<Float>(rows: 1, columns: 1, elements: [1])
    // (1 − 1) + 2⁻²⁵, not (1 + 2⁻²⁵) − 1.
    expectSameBits(
      set.product(.bfloat16, a, b, start: one, gap: 0, cut: [0..<1]), [0x1p-25])
  }
}

/// Records the first unit whose bits differ, also where it is a NaN.
private func expectSameUnits(
  _ found: Guarded, _ expected: TwinMatrix<Float>, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let (found, expected) = (
    found.elements.map(\.bitPattern), expected.elements.map(\.bitPattern)
  )
  guard found != expected else { return }
  let index = zip(found, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? -1
  Issue.record(
    "\(what): unit \(index) of \(found.count), expected \(expected.count)",
    sourceLocation: sourceLocation)
}

extension TwinMatrix<Float> {
  fileprivate func rows(_ indices: [Int32]) -> TwinMatrix {
    TwinMatrix(
      rows: indices.count, columns: columns,
      elements: indices.flatMap { row in (0..<columns).map { self[Int(row), $0] } })
  }
}

extension KernelSet {
  /// The items of work of a product.
  func items(of shape: ProductShape) -> Int {
    let tileRows = unsafe table.tile_rows
    return shape.panels * ((shape.rows + tileRows - 1) / tileRows)
  }

  /// The product as the kernel computes it, part by part.
  fileprivate func product(
    _ precision: Precision, _ a: TwinMatrix<Float>, _ b: TwinMatrix<Float>, groups: Int = 1,
    start: TwinMatrix<Float>?, gap: Int, cut: [Range<Int>]
  ) -> [Float] {
    let left = Guarded(precision.units(of: a), gap: gap)
    let panels = Guarded(precision.panels(of: b, groups: groups))
    let begin = start.map { Guarded($0, gap: gap) }
    let result = Guarded(rows: a.rows, columns: b.columns, gap: gap)
    for part in cut {
      unsafe precision.products(of: self).product(
        result.base, result.distance, begin?.base, start?.rows == 1 ? 0 : begin?.distance ?? 0,
        left.base, left.distance, panels.base, a.rows, left.columns, b.columns, groups,
        part.lowerBound, part.upperBound)
    }
    #expect(result.isIntact)
    return result.elements
  }
}
