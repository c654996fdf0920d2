public import SystemPackage

/// A safetensors file, open for reading.
///
/// Opening checks the header against the size of the file and allocates nothing for the tensors;
/// they are read one by one. Only ``verifyChecksum()`` reads the whole file.
public struct Safetensors: Sendable {
  /// The entry of ``metadata`` that holds the checksum: 8 lower-case hexadecimal digits, the
  /// CRC-32C of the whole file with `00000000` in their place.
  public static let checksumKey = "eddy.crc32c"

  public let path: FilePath
  public let metadata: [String: String]
  public let tensors: [String: Tensor]
  private let file: RegularFile

  /// The size of the file in bytes.
  public var byteCount: Int { file.size }

  /// Opens `path` and checks its header.
  ///
  /// - Throws: `FileError` for anything but a regular file whose header keeps the format's rules.
  public init(path: FilePath) throws(FileError) {
    file = try RegularFile(path: path)
    let header = try SafetensorsHeader(of: file)
    self.path = path
    metadata = header.metadata
    tensors = header.tensors
  }

  /// The tensor `name`, which must be there, and of `shape` and `dtype` where one is given.
  public func tensor(
    _ name: String, shape: [Int]? = nil, dtype: DType? = nil
  ) throws(FileError) -> Tensor {
    guard let tensor = tensors[name] else {
      throw FileError(path: path, reason: "Tensor '\(name)' is missing.")
    }
    if let shape, tensor.shape != shape {
      throw FileError(
        path: path, reason: "Tensor '\(name)' has shape \(tensor.shape); \(shape) was needed.")
    }
    if let dtype, tensor.dtype != dtype {
      throw mismatch(name, tensor, needed: dtype.rawValue)
    }
    return tensor
  }

  /// Refuses tensors that `names` does not hold, and missing ones.
  public func requireTensors(_ names: Set<String>) throws(FileError) {
    for name in names.sorted() { _ = try tensor(name) }
    if let extra = tensors.keys.filter({ !names.contains($0) }).min() {
      throw FileError(
        path: path, reason: "Tensor \(extra.quotedExcerpt) has no place in this model.")
    }
  }

  // MARK: Reading

  /// The elements of a tensor of any kind of float, as `Float`: float64 is rounded.
  public func floats(_ name: String, shape: [Int]? = nil) throws(FileError) -> [Float] {
    let tensor = try tensor(name, shape: shape)
    switch tensor.dtype {
    case .float32: return try elements(tensor)
    case .float64: return try elements(tensor).map { (value: Double) in Float(value) }
    case .bfloat16:
      return try elements(tensor).map { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    default: throw mismatch(name, tensor, needed: "F32, F64 or BF16")
    }
  }

  /// The elements of a float tensor, as `Double`.
  public func doubles(_ name: String, shape: [Int]? = nil) throws(FileError) -> [Double] {
    let tensor = try tensor(name, shape: shape)
    guard tensor.dtype != .float64 else { return try elements(tensor) }
    return try floats(name, shape: shape).map(Double.init)
  }

  /// The elements of a tensor of any kind of integer.
  public func integers(_ name: String, shape: [Int]? = nil) throws(FileError) -> [Int] {
    let tensor = try tensor(name, shape: shape)
    switch tensor.dtype {
    case .int64: return try elements(tensor).map { (value: Int64) in Int(value) }
    case .int32: return try elements(tensor).map { (value: Int32) in Int(value) }
    case .int8: return try elements(tensor).map { (value: Int8) in Int(value) }
    case .uint32: return try elements(tensor).map { (value: UInt32) in Int(value) }
    case .uint16: return try elements(tensor).map { (value: UInt16) in Int(value) }
    case .uint8: return try elements(tensor).map { (value: UInt8) in Int(value) }
    default: throw mismatch(name, tensor, needed: "integers")
    }
  }

  /// The elements of a tensor of `U32`.
  public func unsigned(_ name: String, shape: [Int]? = nil) throws(FileError) -> [UInt32] {
    try elements(tensor(name, shape: shape, dtype: .uint32))
  }

  /// The elements of a tensor of `U8`.
  public func bytes(_ name: String, shape: [Int]? = nil) throws(FileError) -> [UInt8] {
    let tensor = try tensor(name, shape: shape)
    guard tensor.dtype == .uint8 else { throw mismatch(name, tensor, needed: "U8") }
    return try elements(tensor)
  }

  /// The elements of a tensor of `I8`.
  public func signedBytes(_ name: String, shape: [Int]? = nil) throws(FileError) -> [Int8] {
    let tensor = try tensor(name, shape: shape, dtype: .int8)
    return try elements(tensor)
  }

  /// Reads a tensor of `F32` straight into `destination`.
  ///
  /// - Throws: `FileError`, also if the tensor has another number of elements than `destination`.
  public func read(
    _ name: String, into destination: inout MutableSpan<Float>
  ) throws(FileError) {
    do {
      try unsafe destination.withUnsafeMutableBytes { try unsafe read(name, into: $0) }
    } catch {
      throw error as? FileError ?? FileError(path: path, reason: "Cannot read: \(error).")
    }
  }

  /// Reads a tensor of `F32` straight into `destination`.
  ///
  /// - Throws: `FileError`, also if the tensor has another number of bytes than `destination`.
  public func read(
    _ name: String, into destination: UnsafeMutableRawBufferPointer
  ) throws(FileError) {
    let tensor = try tensor(name)
    guard tensor.dtype == .float32 else { throw mismatch(name, tensor, needed: "F32") }
    guard tensor.range.count == destination.count else {
      throw FileError(
        path: path,
        reason:
          "Tensor '\(name)' has \(tensor.count) elements; \(destination.count / 4) were needed.")
    }
    try unsafe file.read(into: destination, at: tensor.range.lowerBound)
  }

  private func elements<Element: BitwiseCopyable>(_ tensor: Tensor) throws(FileError) -> [Element] {
    try file.elements(Element.self, count: tensor.count, at: tensor.range.lowerBound)
  }

  private func mismatch(_ name: String, _ tensor: Tensor, needed: String) -> FileError {
    FileError(
      path: path,
      reason: "Tensor '\(name)' has dtype \(tensor.dtype.rawValue); \(needed) was needed.")
  }

  // MARK: Checksum

  /// Reads the whole file and compares its checksum with the one in ``metadata``.
  ///
  /// - Throws: `FileError` if there is none or it differs.
  public func verifyChecksum() throws(FileError) {
    guard let stored = metadata[Self.checksumKey],
      let offset = Self.checksumOffset(in: try SafetensorsHeader.bytes(of: file))
    else {
      throw FileError(
        path: path,
        reason: "No checksum ('\(Self.checksumKey)' in '__metadata__'): not written by Eddy.")
    }
    let digits = 8 + offset..<16 + offset
    var crc = CRC32C()
    var position = 0
    while position < file.size {
      let end = min(position + (1 << 20), file.size)
      var chunk = try file.elements(UInt8.self, count: end - position, at: position)
      for place in digits.clamped(to: position..<end) {
        chunk[place - position] = UInt8(ascii: "0")
      }
      crc.update(chunk)
      position = end
    }
    guard crc.digits == stored else {
      throw FileError(
        path: path,
        reason:
          "Damaged: its checksum is \(crc.digits), \(stored.quotedExcerpt) was needed."
      )
    }
  }

  /// Where in the header the checksum's digits are; `nil` unless its entry stands there once.
  static func checksumOffset(in header: [UInt8]) -> Int? {
    let key = Array("\"\(checksumKey)\":\"".utf8)
    var found: Int?
    var start = 0
    while let quote = header[start...].firstIndex(of: key[0]) {
      start = quote + 1
      guard header[quote...].starts(with: key) else { continue }
      let digits = quote + key.count
      guard found == nil, header.count > digits + 8, header[digits + 8] == key[0] else {
        return nil
      }
      found = digits
    }
    return found
  }
}
