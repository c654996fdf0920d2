public import SystemPackage

/// Collects tensors and writes them as one safetensors file, with a checksum.
///
/// The same tensors and metadata give the same bytes, in whatever order they were added: tensors
/// lie in the file by element size, largest first, then by name, so that each is aligned. Providers
/// are asked while the file is written, so that a large model is never copied whole.
public struct SafetensorsWriter {
  /// Takes the next bytes of a tensor.
  public typealias Sink = (RawSpan) throws -> Void

  /// Entries for people and programs; ``Safetensors/checksumKey`` is added by ``write(to:)``.
  public var metadata: [String: String]

  private struct Entry {
    var name: String
    var dtype: Safetensors.DType
    var shape: [Int]
    var size: Int
    var provide: (Sink) throws -> Void
  }

  private var entries: [Entry] = []

  public init(metadata: [String: String] = [:]) {
    self.metadata = metadata
  }

  // MARK: Tensors

  /// Adds a tensor whose bytes come from `provider`, little-endian, in as many pieces as it likes.
  ///
  /// - Parameter provider: Called by each ``write(to:)``, hands all bytes in order to the sink.
  /// - Precondition: `name` is new, not `__metadata__`; `shape` has at most 8 axes, none negative.
  public mutating func add(
    _ name: String, dtype: Safetensors.DType, shape: [Int],
    bytes provider: @escaping (_ sink: Sink) throws -> Void
  ) {
    precondition(
      name != "__metadata__" && !entries.contains { $0.name == name },
      "SafetensorsWriter.add needs a new name, found '\(name)'.")
    precondition(
      shape.count <= SafetensorsHeader.rankLimit && shape.allSatisfy { $0 >= 0 },
      "SafetensorsWriter.add needs up to 8 sizes from 0 as shape of '\(name)', found \(shape).")
    let size = shape.reduce(dtype.size, *)
    entries.append(Entry(name: name, dtype: dtype, shape: shape, size: size, provide: provider))
  }

  /// Adds a tensor of `F32` whose elements come from `provider`, in as many pieces as it likes.
  public mutating func add(
    _ name: String, shape: [Int],
    floats provider: @escaping (_ sink: (Span<Float>) throws -> Void) throws -> Void
  ) {
    add(name, dtype: .float32, shape: shape) { sink in
      try provider { try unsafe sink($0.bytes) }
    }
  }

  /// Adds a tensor of `F32`.
  ///
  /// - Precondition: `values` are as many as `shape` asks for; so for the other kinds.
  public mutating func add(_ name: String, shape: [Int], floats values: [Float]) {
    add(name, .float32, shape, values)
  }

  /// Adds a tensor of `F64`.
  public mutating func add(_ name: String, shape: [Int], doubles values: [Double]) {
    add(name, .float64, shape, values)
  }

  /// Adds a tensor of `I64`.
  public mutating func add(_ name: String, shape: [Int], integers values: [Int]) {
    add(name, .int64, shape, values.map(Int64.init))
  }

  /// Adds a tensor of `U32`.
  public mutating func add(_ name: String, shape: [Int], unsigned values: [UInt32]) {
    add(name, .uint32, shape, values)
  }

  /// Adds a tensor of `U8`.
  public mutating func add(_ name: String, shape: [Int], bytes values: [UInt8]) {
    add(name, .uint8, shape, values)
  }

  private mutating func add<Element: BitwiseCopyable>(
    _ name: String, _ dtype: Safetensors.DType, _ shape: [Int], _ values: [Element]
  ) {
    precondition(
      values.count == shape.reduce(1, *),
      "SafetensorsWriter.add needs as many values as shape \(shape) of '\(name)' has elements, "
        + "found \(values.count).")
    add(name, dtype: dtype, shape: shape) { sink in try unsafe sink(values.span.bytes) }
  }

  // MARK: Writing

  /// Writes the file in place of what is at `path`, whole or not at all.
  ///
  /// - Throws: `FileError`, and whatever a provider throws.
  /// - Precondition: Every provider hands out as many bytes as its tensor has.
  public func write(to path: FilePath) throws {
    let sorted = entries.sorted { a, b in
      a.dtype.size != b.dtype.size
        ? a.dtype.size > b.dtype.size : a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
    }
    let header = header(of: sorted)
    guard let digits = Safetensors.checksumOffset(in: header) else {
      throw FileError(
        path: path, reason: "A key of the metadata ends in '\"\(Safetensors.checksumKey)'.")
    }
    try AtomicFile.write(to: path) { file in
      var crc = CRC32C()
      func put(_ bytes: RawSpan) throws {
        crc.update(bytes)
        try file.write(bytes)
      }
      let length = [UInt64(header.count).littleEndian]
      try unsafe put(length.span.bytes)
      try unsafe put(header.span.bytes)
      for entry in sorted {
        var written = 0
        try entry.provide { bytes in
          written += bytes.byteCount
          try put(bytes)
        }
        precondition(
          written == entry.size,
          "The provider of '\(entry.name)' needs to give \(entry.size) bytes, gave \(written)."
        )
      }
      try file.patch(Array(crc.digits.utf8), at: 8 + digits)
    }
  }

  /// The header with `00000000` as checksum, padded with spaces to whole eights.
  private func header(of sorted: [Entry]) -> [UInt8] {
    var metadata = metadata.mapValues { JSON.string($0) }
    metadata[Safetensors.checksumKey] = "00000000"
    var header = "{\"__metadata__\":\(JSON.object(metadata).serialized)"
    var offset = 0
    for entry in sorted {
      let description: JSON = [
        "dtype": .string(entry.dtype.rawValue),
        "shape": .array(entry.shape.map { .integer(Int64($0)) }),
        "data_offsets": [.integer(Int64(offset)), .integer(Int64(offset + entry.size))],
      ]
      header += ",\(JSON.string(entry.name).serialized):\(description.serialized)"
      offset += entry.size
    }
    header += "}"
    let padding = (8 - header.utf8.count % 8) % 8
    return Array(header.utf8) + [UInt8](repeating: UInt8(ascii: " "), count: padding)
  }
}
