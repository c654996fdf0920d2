internal import SystemPackage

/// The header of a safetensors file, checked against every rule of the format.
struct SafetensorsHeader {
  /// The format's own limit, in bytes.
  static let sizeLimit = 100_000_000
  static let tensorLimit = 10_000
  static let rankLimit = 8
  static let metadataLimit = 1000
  /// Bounds the memory that parsing takes; a tensor at the limits above needs 14 values.
  static let valueLimit = 150_000

  var metadata: [String: String] = [:]
  var tensors: [String: Safetensors.Tensor] = [:]

  /// Reads the header of `file`, which says where everything else is.
  init(of file: RegularFile) throws(FileError) {
    let bytes = try Self.bytes(of: file)
    func failure(_ reason: String) -> FileError {
      FileError(path: file.path, reason: "Header: \(reason)")
    }
    let root: JSON
    do {
      root = try JSON(parsing: bytes, valueLimit: Self.valueLimit)
    } catch {
      throw failure("byte \(8 + error.offset): \(error.reason).")
    }
    guard let members = root.object else { throw failure("not a JSON object.") }
    guard members.count <= Self.tensorLimit + 1 else {
      throw failure("\(members.count) tensors; at most \(Self.tensorLimit) are read.")
    }
    let dataStart = 8 + bytes.count
    do {
      for (name, value) in members.sorted(by: { $0.key < $1.key }) {
        if name == "__metadata__" {
          metadata = try Self.metadata(value)
        } else {
          tensors[name] = try Self.tensor(name, value, dataStart: dataStart, end: file.size)
        }
      }
      try checkCoverage(dataStart: dataStart, end: file.size)
    } catch {
      throw failure(error.reason)
    }
  }

  /// What is wrong with a header, before the file's name is known.
  private struct Flaw: Error {
    var reason: String
    init(_ reason: String) { self.reason = reason }
  }

  /// The JSON text of the header, without the 8 bytes of its length before it.
  static func bytes(of file: RegularFile) throws(FileError) -> [UInt8] {
    guard file.size >= 8 else {
      throw FileError(
        path: file.path,
        reason: "\(file.size) bytes; a safetensors file has at least 8, its header's length.")
    }
    let length = UInt64(
      littleEndian: try file.elements(UInt64.self, count: 1, at: 0).first ?? 0)
    let rest = file.size - 8
    guard length >= 2 else {
      throw FileError(
        path: file.path, reason: "Header length \(length) at byte 0; at least 2 was needed.")
    }
    guard length <= UInt64(rest) else {
      throw FileError(
        path: file.path,
        reason: "Header length \(length) at byte 0; only \(rest) bytes follow. "
          + "Cut short, or not a safetensors file.")
    }
    guard length <= UInt64(sizeLimit) else {
      throw FileError(
        path: file.path,
        reason: "Header length \(length) at byte 0; at most \(sizeLimit) is read.")
    }
    let bytes = try file.elements(UInt8.self, count: Int(length), at: 8)
    guard bytes.first == UInt8(ascii: "{") else {
      throw FileError(
        path: file.path, reason: "Header: byte 8: '{' was needed. Not a safetensors file.")
    }
    return bytes
  }

  private static func metadata(_ value: JSON) throws(Flaw) -> [String: String] {
    guard let members = value.object else { throw Flaw("'__metadata__' is not an object.") }
    guard members.count <= metadataLimit else {
      throw Flaw("'__metadata__' has \(members.count) entries; at most \(metadataLimit) are read.")
    }
    var metadata: [String: String] = [:]
    for (name, value) in members {
      guard let string = value.string else {
        throw Flaw("'__metadata__', \(name.quotedExcerpt): a string was needed.")
      }
      metadata[name] = string
    }
    return metadata
  }

  private static func tensor(
    _ name: String, _ value: JSON, dataStart: Int, end: Int
  ) throws(Flaw) -> Safetensors.Tensor {
    let place = "tensor \(name.quotedExcerpt)"
    guard let members = value.object, members.count == 3, let dtypeValue = members["dtype"],
      let shapeValue = members["shape"], let offsetsValue = members["data_offsets"]
    else {
      throw Flaw("\(place): exactly dtype, shape and data_offsets were needed.")
    }
    guard let code = dtypeValue.string, let dtype = Safetensors.DType(rawValue: code) else {
      let known = Safetensors.DType.allCases.map(\.rawValue).joined(separator: ", ")
      let found = dtypeValue.string?.quotedExcerpt ?? "something that is no string"
      throw Flaw("\(place): dtype \(found); one of \(known) was needed.")
    }
    guard let shape = naturals(shapeValue), shape.count <= rankLimit else {
      throw Flaw("\(place): shape: up to \(rankLimit) whole numbers from 0 were needed.")
    }
    var size = dtype.size
    for axis in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: axis)
      guard !overflow else { throw Flaw("\(place): shape \(shape) does not fit in memory.") }
      size = product
    }
    guard let offsets = naturals(offsetsValue), offsets.count == 2, offsets[0] <= offsets[1] else {
      throw Flaw("\(place): data_offsets: two whole numbers from 0, ascending, were needed.")
    }
    guard offsets[1] <= end - dataStart else {
      throw Flaw(
        "\(place): data_offsets \(offsets) go beyond the \(end - dataStart) bytes of data. "
          + "The file may be cut short.")
    }
    guard offsets[1] - offsets[0] == size else {
      throw Flaw(
        "\(place): data_offsets \(offsets) hold \(offsets[1] - offsets[0]) bytes; "
          + "\(code) of shape \(shape) needs \(size).")
    }
    return Safetensors.Tensor(
      dtype: dtype, shape: shape, range: dataStart + offsets[0]..<dataStart + offsets[1])
  }

  private static func naturals(_ value: JSON) -> [Int]? {
    guard let values = value.array else { return nil }
    var naturals: [Int] = []
    for value in values {
      guard let natural = value.integer, natural >= 0 else { return nil }
      naturals.append(Int(natural))
    }
    return naturals
  }

  /// Tensors must fill the data without overlap, hole or rest.
  private func checkCoverage(dataStart: Int, end: Int) throws(Flaw) {
    let sorted = tensors.sorted {
      let (a, b) = ($0.value.range, $1.value.range)
      return (a.lowerBound, a.upperBound, $0.key) < (b.lowerBound, b.upperBound, $1.key)
    }
    var position = dataStart
    for (name, tensor) in sorted {
      guard tensor.range.lowerBound == position else {
        let flaw = tensor.range.lowerBound < position ? "overlaps the one before" : "follows a hole"
        throw Flaw(
          "tensor \(name.quotedExcerpt) \(flaw): it starts at byte \(tensor.range.lowerBound), "
            + "byte \(position) was needed.")
      }
      position = tensor.range.upperBound
    }
    guard position == end else {
      throw Flaw("the tensors end at byte \(position), the file at byte \(end).")
    }
  }
}
