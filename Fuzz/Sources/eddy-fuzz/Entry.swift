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

/// Says how much memory an input took, when it is given alone.
private let isVerbose = ProcessInfo.processInfo.environment["EDDY_FUZZ_VERBOSE"] != nil

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
  // The target and its file are made before memory is counted.
  let (target, file, isVerbose) = (target, file, isVerbose)
  let bytes = target.repaired(input)
  fuzzer_limit_memory(Int64(4 * size + 16_000_000))
  // Processor time: a busy machine is no finding.
  let start = clock()
  target.read(bytes, file: file)
  let seconds = Double(clock() - start) / 1_000_000
  let peak = fuzzer_release_memory()
  expect(seconds <= 1, "An input took \(seconds) s.")
  if isVerbose { print("\(size) bytes took \(seconds) s and \(peak) bytes of memory.") }
  return 0
}

@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ capacity: Int, _ seed: CUnsignedInt
) -> Int {
  guard target.isSafetensors,
    let whole = unsafe SafetensorsMutation(seed: seed, capacity: capacity)
      .mutated(Array(UnsafeBufferPointer(start: data, count: size)))
  else { return unsafe LLVMFuzzerMutate(data, size, capacity) }
  unsafe data.update(from: whole, count: whole.count)
  return whole.count
}
