import CFuzzer
import EddyFiles
import Foundation

// What libFuzzer calls. `EDDY_FUZZ_TARGET` names the target.

private let target: Target = {
  let name = ProcessInfo.processInfo.environment["EDDY_FUZZ_TARGET"] ?? ""
  guard let target = Target(rawValue: name) else {
    fatalError("EDDY_FUZZ_TARGET must be one of \(Target.allCases.map(\.rawValue)).")
  }
  return target
}()

private let file = ScratchFile()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
  // The target and its file are made before memory is counted.
  let (target, file) = (target, file)
  let bytes =
    switch target {
    case .model, .checkpoint: Repair.safetensors(input)
    case .tokens: Repair.tokenFile(input)
    default: input
    }
  fuzzer_begin(Int64(4 * size + 16_000_000))
  target.read(bytes, file: file)
  fuzzer_end()
  return 0
}

@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ capacity: Int, _ seed: CUnsignedInt
) -> Int {
  guard target.isSafetensors, seed % 8 != 0,
    let parts = unsafe Repair.parts(Array(UnsafeBufferPointer(start: data, count: size)))
  else { return unsafe LLVMFuzzerMutate(data, size, capacity) }
  var (header, body) = (parts.header, parts.data)
  let room = capacity - 8 - header.count - body.count
  guard room >= 0 else { return unsafe LLVMFuzzerMutate(data, size, capacity) }
  if seed % 8 < 6 {
    header = mutated(header, room: room)
  } else {
    body = mutated(body, room: room)
  }
  let whole = Repair.joined(header: header, data: body)
  unsafe data.update(from: whole, count: whole.count)
  return whole.count
}

private func mutated(_ bytes: [UInt8], room: Int) -> [UInt8] {
  var buffer = bytes + [UInt8](repeating: 0, count: room)
  let size = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
    unsafe LLVMFuzzerMutate(buffer.baseAddress, bytes.count, buffer.count)
  }
  return Array(buffer.prefix(size))
}
