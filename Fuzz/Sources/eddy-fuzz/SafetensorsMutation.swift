import CFuzzer
import EddyFiles

/// Changes header and data of a safetensors file apart, so that the file still has the form of one.
struct SafetensorsMutation {
  let seed: CUnsignedInt
  /// The most bytes that the result may have.
  let capacity: Int

  /// - Returns: nil where bytes are to be changed as in any other file.
  func mutated(_ bytes: [UInt8]) -> [UInt8]? {
    guard var (header, data) = Repair.parts(bytes), capacity > bytes.count else { return nil }
    let room = capacity - bytes.count
    switch seed % 8 {
    case 0: return nil
    case 1, 2: data = changed(data, room: room)
    case 3, 4: header = changed(header, room: room)
    default:
      if seed % 2 == 0 { header = changed(header, room: room) }
      guard let (tiled, size) = retiled(header) else { return nil }
      header = tiled
      data = Array(data.prefix(size))
      data += [UInt8](repeating: 0, count: size - data.count)
    }
    let whole = Repair.joined(header: header, data: data)
    return whole.count <= capacity ? whole : nil
  }

  private func changed(_ bytes: [UInt8], room: Int) -> [UInt8] {
    var buffer = bytes + [UInt8](repeating: 0, count: room)
    let size = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      unsafe LLVMFuzzerMutate(buffer.baseAddress, bytes.count, buffer.count)
    }
    return Array(buffer.prefix(size))
  }

  /// The header with one axis changed (or none) and offsets that fit its shapes, and the size of all
  /// tensors.
  private func retiled(_ header: [UInt8]) -> (header: [UInt8], size: Int)? {
    guard case .object(var members)? = try? JSON(parsing: header) else { return nil }
    let names = members.keys.filter { $0 != "__metadata__" }.sorted()
    let choice = names.isEmpty ? nil : Optional(names[Int(seed >> 3) % names.count])
    var end = 0
    for name in names {
      guard case .object(var tensor)? = members[name], var shape = tensor["shape"]?.array,
        let code = tensor["dtype"]?.string, let dtype = Safetensors.DType(rawValue: code)
      else { continue }
      if name == choice, !shape.isEmpty, seed % 3 > 0 {
        let axis = Int(seed >> 11) % shape.count
        let other = Int64(seed >> 15) % 9
        shape[axis] = .integer(seed % 3 == 1 ? other : (shape[axis].integer ?? 0) + other - 4)
        tensor["shape"] = .array(shape)
      }
      let start = end
      var size = dtype.size
      for value in shape {
        guard let value = value.integer, value >= 0, value <= capacity else { return nil }
        size = size.multipliedReportingOverflow(by: Int(value)).partialValue
        guard size >= 0, size <= capacity else { return nil }
      }
      end += size
      tensor["data_offsets"] = [.integer(Int64(start)), .integer(Int64(end))]
      members[name] = .object(tensor)
    }
    guard end <= capacity else { return nil }
    return (JSON.object(members).serializedBytes, end)
  }
}
