import EddyFiles
import EddyNN
import SystemPackage

/// A file of `../shared/reference/layers`: float64 values by PyTorch's automatic differentiation (its
/// README says how they were made). It lies beside the repository and is not part of it.
struct Reference {
  private let file: Safetensors

  /// `../shared/reference/layers`, seen from the root of the package.
  static let folder = FilePath(#filePath).removingLastComponent().appending("../../../..")
    .appending("shared/reference/layers").lexicallyNormalized()

  /// Whether the reference values are there.
  static var isAvailable: Bool { (try? Reference("misc")) != nil }

  /// Opens `name.safetensors`.
  init(_ name: String) throws {
    file = try Safetensors(path: Self.folder.appending("\(name).safetensors"))
  }

  /// A tensor `[…, columns]` with all axes but the last as rows.
  func matrix(_ name: String) throws -> TwinMatrix<Double> {
    let columns = try file.tensor(name).shape.last ?? 1
    let elements = try file.doubles(name)
    return TwinMatrix(rows: elements.count / columns, columns: columns, elements: elements)
  }

  /// A tensor `[N, T, D]` as a time-major sequence, `[T·N, D]`.
  func sequence(_ name: String) throws -> TwinMatrix<Double> {
    let shape = try file.tensor(name).shape
    let source = try matrix(name)
    return TwinMatrix(
      joining: (0..<shape[1]).flatMap { t in
        (0..<shape[0]).map { n in source.rows(from: n * shape[1] + t, count: 1) }
      })
  }

  /// A single number.
  func number(_ name: String) throws -> Double { try file.doubles(name)[0] }

  /// Integers in the order of the file.
  func integers(_ name: String) throws -> [Int] { try file.integers(name) }

  /// Whether there is a tensor of this name.
  func contains(_ name: String) -> Bool { file.tensors[name] != nil }
}

extension Matrix {
  /// The nearest 32-bit floats.
  init(rounding twin: TwinMatrix<Double>) {
    self.init(rows: twin.rows, columns: twin.columns, elements: twin.elements.map(Float.init))
  }
}

extension Buffer {
  /// The nearest 32-bit floats.
  init(rounding twin: TwinMatrix<Double>) { self.init(Matrix(rounding: twin)) }
}
