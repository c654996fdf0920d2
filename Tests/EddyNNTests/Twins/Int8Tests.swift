import CEddyKernels
import EddyNN
import Testing

@Suite("Weights in int8 equal their twins bit for bit")
struct Int8Tests {
  /// Rows of every size of numbers: all exponents, zeros, denormals, ties, the largest.
  static let weights: [TwinMatrix<Float>] = {
    let mixed = (0..<120).map { row in
      Formula(row).floats(37, bound: Float(sign: .plus, exponent: 2 * row - 120, significand: 1.7))
    }
    let special: [[Float]] = [
      [0], [-0.0], [.leastNonzeroMagnitude], [190 * .leastNonzeroMagnitude],
      [.leastNormalMagnitude], [126.9 * .leastNormalMagnitude], [127 * .leastNormalMagnitude],
      [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1e38],
      [127, 0.5, 1.5, -2.5, 126.5, -126.5, -0.5], [1], [-1, 1 / 127, 0.5 / 127, -0.5 / 127],
    ]
    return [
      TwinMatrix(rows: mixed.count, columns: 37, elements: mixed.flatMap(\.self)),
      TwinMatrix(rows: 0, columns: 3), TwinMatrix(rows: 3, columns: 0),
      TwinMatrix(formula: 1, rows: 2, columns: 700),
    ]
      + special.map { row in
        TwinMatrix(
          rows: 1, columns: 19, elements: row + Array(repeating: 0, count: 19 - row.count))
      }
      + (1...33).map { TwinMatrix(formula: 2, rows: 3, columns: $0) }
  }()

  @Test("scales and whole numbers", arguments: KernelSet.all)
  func quantise(_ set: KernelSet) {
    for weights in Self.weights {
      let expected = Int8Twin(weights)
      let (source, scales) = (Guarded(weights, gap: 3), Guarded(columns: weights.rows))
      // Whole floats, of which the kernel fills the first bytes.
      let count = weights.rows * weights.columns
      let values = Guarded(columns: (count + 3) / 4)
      unsafe values.base.withMemoryRebound(to: Int8.self, capacity: count) { values in
        unsafe set.table.int8.quantise(
          values, scales.base, source.base, source.distance, weights.rows, weights.columns)
      }
      #expect(scales.isIntact && values.isIntact)
      let untouched = Guarded(columns: values.columns).bytes.suffix(4 * values.columns - count)
      #expect(values.bytes.suffix(untouched.count) == untouched)
      #expect(values.bytes.prefix(count) == expected.values.map { UInt8(bitPattern: $0) }[...])
      expectSameBits(scales.elements, expected.scales, "\(set.kernels.name) \(weights.rows) rows")
    }
  }

  @Test("what was quantised stays as it is, and every product with a scale is exact")
  func again() {
    for weights in Self.weights {
      let matrix = Matrix(
        rows: weights.rows, columns: weights.columns, elements: weights.elements)
      let quantised = QuantisedMatrix(matrix)
      let values = quantised.matrix
      #expect(QuantisedMatrix(values) == quantised)
      for (index, value) in values.elements.enumerated() {
        let scale = Double(quantised.scales[index / weights.columns])
        #expect(Double(value) == scale * Double(quantised.values[index]))
        // Half a step, and what the scale was rounded by.
        #expect(abs(Double(weights.elements[index]) - Double(value)) <= max(0.502 * scale, 2e-36))
      }
    }
  }

  @Test("packing, in groups, however the panels are shared out", arguments: KernelSet.all)
  func pack(_ set: KernelSet) {
    for weights in Self.weights {
      for groups in [1, 3] where weights.rows % groups == 0 {
        let expected = Int8Twin(weights).panels(groups: groups)
        let source = Guarded(weights, gap: 5)
        for cut in cuts(of: groups * panelParts(of: weights.rows / groups)) {
          let panels = Guarded(columns: expected.count / 4)
          for part in cut {
            unsafe set.table.int8.pack_transposed(
              panels.base, source.base, source.distance, weights.columns, weights.rows, groups,
              part.lowerBound, part.upperBound)
          }
          #expect(panels.isIntact)
          #expect(
            panels.bytes == expected,
            "\(set.kernels.name) [\(weights.rows), \(weights.columns)] in \(groups) groups")
        }
      }
    }
  }

  @Test("C = start + scale ⊙ A·q, however the tiles are shared out", arguments: KernelSet.all)
  func product(_ set: KernelSet) {
    // One row meets several panels at once: every number of them, and one more.
    let wide = [65, 96, 97, 128, 129, 161].map { ProductShape(rows: 1, k: 7, columns: $0) }
    // Sums of whole numbers are made for 1024 values of k.
    let deep = [(1, 1024), (3, 1025), (26, 2050)].map { ProductShape(rows: $0, k: $1, columns: 40) }
    for shape in ProductShape.all + wide + deep {
      let a = TwinMatrix(formula: 1, rows: shape.rows, columns: shape.k, bound: 3)
      let weights = Int8Twin(TwinMatrix(formula: 2, rows: shape.columns, columns: shape.k))
      let bias = TwinMatrix(formula: 3, rows: 1, columns: shape.columns)
      let full = TwinMatrix(formula: 4, rows: shape.rows, columns: shape.columns)
      for (start, gap) in [(nil, 0), (bias, 3), (full, 5)] {
        let expected = weights.product(a, start: start)
        for cut in cuts(of: set.items(of: shape)) {
          let result = Guarded(rows: shape.rows, columns: shape.columns, gap: gap)
          set.multiply(Guarded(a, gap: gap), weights, from: start, into: result, cut: cut)
          expectSameBits(
            result.elements, expected.elements,
            "\(set.kernels.name) \(shape.testDescription) start \(start?.rows ?? 0) cut \(cut)")
        }
      }
    }
  }

  @Test("a product of groups adds to what is there", arguments: KernelSet.all)
  func groups(_ set: KernelSet) {
    for shape in ProductShape.grouped {
      let a = TwinMatrix(formula: 5, rows: shape.rows, columns: shape.k)
      let weights = Int8Twin(TwinMatrix(formula: 6, rows: shape.columns, columns: shape.k))
      let before = TwinMatrix(formula: 7, rows: shape.rows, columns: shape.columns)
      for cut in cuts(of: set.items(of: shape)) {
        let result = Guarded(before, gap: 2)
        set.multiply(
          Guarded(a), weights, groups: shape.groups, from: result, distance: result.distance,
          into: result, cut: cut)
        expectSameBits(
          result.elements, weights.product(a, start: before).elements,
          "\(set.kernels.name) \(shape.testDescription) in \(shape.groups) groups, cut \(cut)")
      }
    }
  }

  @Test(
    "the largest and the smallest; a row with an infinity or a NaN gives no numbers",
    arguments: KernelSet.all)
  func special(_ set: KernelSet) {
    let least = Float.leastNonzeroMagnitude
    let rowsOfValues: [[Float]] = [
      [3e38, -.greatestFiniteMagnitude, 1e30, -0.0, least, 1], [-0.0, 0, least, 0, 0, -least],
      [0x1p-101, 0x1.fffffep-102, 0x1p-115, -0x1p-114, 0x1.8p-114, 0x1p-120],
      [0x1.fffffep0, -0x1p-14, 0x1p-15, 0x1.8p-14, -0x1.4p-13, 0x1p-13],
      [.infinity, 1, 2, 3, 4, 5], [1, 2, -.infinity, 3, 4, 5], [1, 2, 3, .nan, 4, 5],
    ]
    for rows in [Array(rowsOfValues[0..<1]), Array(rowsOfValues[4..<5]), rowsOfValues] {
      let a = TwinMatrix(rows: rows.count, columns: 6, elements: rows.flatMap(\.self))
      let rows = a.rows
      let weights = Int8Twin(TwinMatrix(formula: 8, rows: 40, columns: 6))
      let result = Guarded(rows: rows, columns: 40)
      let bias = TwinMatrix(formula: 9, rows: 1, columns: 40)
      let items = 0..<set.items(of: ProductShape(rows: rows, k: 6, columns: 40))
      set.multiply(Guarded(a), weights, from: bias, into: result, cut: [items])
      expectSameBits(result.elements, weights.product(a, start: bias).elements)
    }
  }
}

extension KernelSet {
  /// The product as the kernel computes it, part by part.
  fileprivate func multiply(
    _ a: Guarded, _ weights: Int8Twin, from start: TwinMatrix<Float>?, into result: Guarded,
    cut: [Range<Int>]
  ) {
    let begin = start.map { Guarded($0, gap: 4) }
    multiply(
      a, weights, groups: 1, from: begin,
      distance: start?.rows == 1 ? 0 : begin?.distance ?? 0, into: result, cut: cut)
  }

  fileprivate func multiply(
    _ a: Guarded, _ weights: Int8Twin, groups: Int, from start: Guarded?, distance: Int,
    into result: Guarded, cut: [Range<Int>]
  ) {
    let panels = Guarded(bytes: weights.panels(groups: groups))
    for part in cut {
      unsafe table.int8.product(
        result.base, result.distance, start?.base, distance, a.base, a.distance, panels.base,
        a.rows, a.columns, weights.rows, groups, part.lowerBound, part.upperBound)
    }
    #expect(result.isIntact)
  }
}

extension Guarded {
  /// Whole floats made of these bytes.
  fileprivate convenience init(bytes: [UInt8]) {
    self.init(columns: bytes.count / 4)
    unsafe UnsafeMutableRawPointer(base).copyMemory(from: bytes, byteCount: bytes.count)
  }

  /// The memory of the elements, which are one row.
  fileprivate var bytes: [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: base, count: 4 * columns))
  }
}
