import EddyFiles
import EddyNN
import SystemPackage

// How matrices of weights lie in model files: as F32, as BF16, or as I8 with the scales of their rows in a tensor
// beside them. Vectors are F32 in any case.

extension Precision {
  /// The type of a matrix's elements.
  var dtype: Safetensors.DType {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int8: .int8
    }
  }
}

extension QuantisedMatrix {
  /// The name of the tensor with the scales.
  static func scales(of name: String) -> String { "\(name).scale" }
}

extension SafetensorsWriter {
  /// Adds a matrix as it is.
  mutating func add(_ name: String, _ matrix: Matrix) {
    add(name, shape: [matrix.rows, matrix.columns]) { sink in try matrix.withSpan { try sink($0) } }
  }

  /// Adds a matrix of weights, rounded to what `precision` can hold.
  mutating func add(_ name: String, _ matrix: Matrix, precision: Precision) {
    let shape = [matrix.rows, matrix.columns]
    switch precision {
    case .float32: add(name, matrix)
    case .bfloat16:
      add(name, dtype: precision.dtype, shape: shape) { sink in
        try unsafe sink(matrix.bfloat16.span.bytes)
      }
    case .int8:
      let quantised = QuantisedMatrix(matrix)
      add(QuantisedMatrix.scales(of: name), shape: [matrix.rows], floats: quantised.scales)
      add(name, dtype: precision.dtype, shape: shape) { sink in
        try unsafe sink(quantised.values.span.bytes)
      }
    }
  }
}

extension Safetensors {
  /// Reads a matrix of F32 as it is; its shape was checked.
  func read(_ name: String, into matrix: inout Matrix) throws {
    try unsafe matrix.withUnsafeMutableBytes { try unsafe read(name, into: $0) }
  }

  /// Reads a matrix of weights whose shape and type were checked.
  ///
  /// - Throws: `FileError`; ``ModelFileError`` for numbers that Eddy does not write.
  func read(_ name: String, into matrix: inout Matrix, precision: Precision) throws {
    switch precision {
    case .float32: try read(name, into: &matrix)
    case .bfloat16:
      matrix = Matrix(rows: matrix.rows, columns: matrix.columns, elements: try floats(name))
    case .int8: try readQuantised(name, into: &matrix)
    }
    guard matrix.isFinite else {
      throw ModelFileError.notFinite(path: path.string, tensor: name)
    }
  }

  private func readQuantised(_ name: String, into matrix: inout Matrix) throws {
    let scales = QuantisedMatrix.scales(of: name)
    let quantised = QuantisedMatrix(
      rows: matrix.rows, columns: matrix.columns, values: try signedBytes(name),
      scales: try floats(scales))
    if let scale = quantised.scales.first(where: { !$0.isFinite || $0.sign == .minus }) {
      throw ModelFileError.badScale(path: path.string, tensor: scales, found: scale)
    }
    matrix = quantised.matrix
    // Whoever packs these weights quantises them, and must come to what is here.
    guard !matrix.isFinite || QuantisedMatrix(matrix) == quantised else {
      throw ModelFileError.contradiction(
        path: path.string,
        "tensors '\(name)' and '\(scales)' are not what 'eddy quantize' writes: the largest number of "
          + "a row is ±127, or its scale 0")
    }
  }
}
