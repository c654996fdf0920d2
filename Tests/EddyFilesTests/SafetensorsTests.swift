import EddyFiles
import Foundation
import SystemPackage
import Testing

@Suite("Safetensors: written and read")
struct SafetensorsTests {
  func small() -> SafetensorsWriter {
    var writer = SafetensorsWriter(metadata: ["format": "eddy 1", "text": "a \"quote\"\n"])
    writer.add(
      "weights", shape: [2, 3], floats: [0, -0.0, 1.5, .infinity, .leastNonzeroMagnitude, -2])
    writer.add("bytes", shape: [3], bytes: [1, 2, 255] as [UInt8])
    writer.add("numbers", shape: [2], integers: [.min, .max])
    writer.add("doubles", shape: [1], doubles: [0.1])
    writer.add("empty", shape: [0, 4], floats: [])
    writer.add("scalar", shape: [], floats: [7])
    return writer
  }

  @Test("every tensor comes back with the same bits")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("model.safetensors")
    try small().write(to: path)
    let file = try Safetensors(path: path)
    try file.verifyChecksum()
    try file.requireTensors(["weights", "bytes", "numbers", "doubles", "empty", "scalar"])
    #expect(file.metadata["format"] == "eddy 1")
    #expect(file.metadata["text"] == "a \"quote\"\n")
    let weights: [Float] = [0, -0.0, 1.5, .infinity, .leastNonzeroMagnitude, -2]
    #expect(
      try file.floats("weights", shape: [2, 3]).map(\.bitPattern) == weights.map(\.bitPattern))
    #expect(try file.bytes("bytes") == [1, 2, 255])
    #expect(try file.integers("bytes") == [1, 2, 255])
    #expect(try file.integers("numbers") == [.min, .max])
    #expect(try file.doubles("doubles") == [0.1])
    #expect(try file.floats("doubles") == [0.1])
    #expect(try file.doubles("scalar", shape: []) == [7])
    #expect(try file.floats("empty", shape: [0, 4]).isEmpty)
    var memory = [Float](repeating: 9, count: 6)
    var span = memory.mutableSpan
    try file.read("weights", into: &span)
    #expect(memory == weights)
  }

  @Test("data begins at a multiple of 8, every tensor at a multiple of its elements")
  func alignment() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("model")
    for length in 0..<9 {
      var writer = small()
      writer.metadata["pad"] = String(repeating: "x", count: length)
      try writer.write(to: path)
      let file = try Safetensors(path: path)
      try file.verifyChecksum()
      #expect((file.tensors.values.map(\.range.lowerBound).min() ?? 1) % 8 == 0)
      for tensor in file.tensors.values {
        #expect(tensor.range.lowerBound % tensor.dtype.size == 0)
      }
    }
  }

  @Test("the order of adding and the pieces of a provider leave no trace")
  func deterministic() throws {
    let folder = try TemporaryFolder()
    var plain = SafetensorsWriter(metadata: ["a": "1", "b": "2"])
    plain.add("x", shape: [4], floats: [1, 2, 3, 4])
    plain.add("y", shape: [2], bytes: [5, 6] as [UInt8])
    var pieces = SafetensorsWriter(metadata: ["b": "2", "a": "1"])
    pieces.add("y", dtype: .uint8, shape: [2]) { sink in
      for byte in [5, 6] as [UInt8] { try unsafe sink([byte].span.bytes) }
    }
    pieces.add("x", shape: [4]) { sink in
      try sink(([1, 2] as [Float]).span)
      try sink(([3, 4] as [Float]).span)
    }
    let (a, b) = (folder.path.appending("a"), folder.path.appending("b"))
    try plain.write(to: a)
    try pieces.write(to: b)
    #expect(try contents(of: a) == contents(of: b))
  }

  @Test("what a tensor is not is refused")
  func mismatches() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("model")
    try small().write(to: path)
    let file = try Safetensors(path: path)
    expectRefusal("'none' is missing") { _ = try file.floats("none") }
    expectRefusal("shape [2, 3]; [3, 2]") { _ = try file.floats("weights", shape: [3, 2]) }
    expectRefusal("dtype U8") { _ = try file.floats("bytes") }
    expectRefusal("integers") { _ = try file.integers("weights") }
    expectRefusal("U8 was needed") { _ = try file.bytes("weights") }
    expectRefusal("'bytes' has no place") {
      try file.requireTensors(["weights", "numbers", "doubles", "empty", "scalar"])
    }
    expectRefusal("6 elements; 5") {
      var memory = [Float](repeating: 0, count: 5)
      var span = memory.mutableSpan
      try file.read("weights", into: &span)
    }
  }

  @Test("a file that shrinks after it was opened is an error")
  func shrinks() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("model")
    try small().write(to: path)
    let file = try Safetensors(path: path)
    let handle = try FileHandle(forWritingTo: URL(filePath: path.string))
    try handle.truncate(atOffset: 20)
    try handle.close()
    expectRefusal("became shorter") { _ = try file.floats("weights") }
    expectRefusal("became shorter") { try file.verifyChecksum() }
  }

  @Test("misuse of the writer stops the program")
  func misuse() async {
    await #expect(processExitsWith: .failure) {
      var writer = SafetensorsWriter()
      writer.add("x", shape: [3], floats: [1])
    }
    await #expect(processExitsWith: .failure) {
      var writer = SafetensorsWriter()
      writer.add("x", shape: [1], floats: [1])
      writer.add("x", shape: [1], floats: [1])
    }
  }

  /// The reference files beside the checkout, where there are any.
  static let references: FilePath = {
    var root = FilePath(#filePath)
    for _ in 0..<4 { root.removeLastComponent() }
    return root.appending("shared/reference")
  }()

  @Test(
    "the reference files load",
    .enabled(
      if: FileManager.default.fileExists(atPath: references.string),
      "needs ../shared/reference beside the package"))
  func referenceFiles() throws {
    let folder = Self.references
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.string)
      .filter { $0.hasSuffix(".safetensors") }
    #expect(!names.isEmpty)
    var dtypes: Set<Safetensors.DType> = []
    for name in names {
      let file = try Safetensors(path: folder.appending(name))
      #expect(!file.tensors.isEmpty)
      for (name, tensor) in file.tensors {
        dtypes.insert(tensor.dtype)
        switch tensor.dtype {
        case .float64, .float32:
          #expect(try file.floats(name).count == tensor.count)
          #expect(try file.doubles(name).allSatisfy { $0.isFinite })
        default: #expect(try file.integers(name).count == tensor.count)
        }
      }
    }
    #expect(dtypes.isSuperset(of: [.float64, .float32, .int32]), "\(dtypes)")
  }
}
