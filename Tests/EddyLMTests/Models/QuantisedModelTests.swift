import EddyFiles
import EddyLM
import EddyNN
import SystemPackage
import Testing

@Suite("model files with small weights")
struct QuantisedModelTests {
  static let small: [Precision] = [.bfloat16, .int8]

  /// A network of sizes that no vector width divides, some of its rows zeros, tiny or huge.
  private static func network<Cell: RecurrentCell>(_: Cell.Type) -> RecurrentNetwork<Cell> {
    var network = RecurrentNetwork<Cell>(
      vocabularySize: TextCodec.words.vocabulary.count,
      sizes: NetworkSizes(embedding: 7, hidden: 33, layers: 2), range: 0.5, seed: 8)
    for column in 0..<7 {
      network.embedding.weights[2, column] = 0
      network.embedding.weights[3, column] = .leastNonzeroMagnitude
      network.embedding.weights[4, column] *= 1e30
    }
    return network
  }

  /// The file of that network, in float32.
  private static func write<Cell: RecurrentCell>(_ cell: Cell.Type, to path: FilePath) throws {
    var options = TrainingOptions()
    options.learningRate = 0.25
    try ModelFile.write(
      network(cell), codec: .words, options: options, updates: 7,
      validation: Evaluation(
        tokens: 5, vocabularySize: 9, unknownTokens: 0, logProbability: -9,
        knownLogProbability: -9, size: TextSize(characters: 9, bytes: 9)), to: path)
  }

  private static let sentences = ["you say hello", "and help saying goodbye you say", "", "zebra"]

  private static func scores(_ model: some LanguageModel) -> [UInt64] {
    SentenceScorer(model).score(sentences).map(\.logProbability.bitPattern)
  }

  @Test(
    "the file gives what the network gives in this precision, bit for bit",
    arguments: ModelKind.recurrent, small)
  func same(kind: ModelKind, precision: Precision) throws {
    func check<Cell: RecurrentCell>(_ cell: Cell.Type) throws {
      let folder = try TextFolder()
      let (whole, small, again) = (
        folder.path.appending("whole"), folder.path.appending("small"),
        folder.path.appending("again")
      )
      try Self.write(cell, to: whole)
      try ModelFile.quantise(whole, to: precision, output: small)
      let expected = Self.scores(
        RecurrentModel(codec: .words, network: Self.network(cell), precision: precision))
      #expect(try Self.scores(ModelFile.read(small)) == expected)
      #expect(try Self.scores(ModelFile.read(whole, precision: precision)) == expected)
      #expect(try Self.scores(ModelFile.read(whole)) != expected)
      for other in Precision.allCases where other != precision {
        #expect(try Self.scores(ModelFile.read(small, precision: other)) != expected)
      }
      try ModelFile.quantise(small, to: precision, output: again)
      #expect(try folder.bytes("again") == folder.bytes("small"))
      #expect(try ModelFile.trainingOptions(of: small).learningRate == 0.25)
    }
    try check(kind.cell)
  }

  @Test("a file holds each weight in the bytes of its precision", arguments: small)
  func contents(precision: Precision) throws {
    let folder = try TextFolder()
    let (whole, small) = (folder.path.appending("whole"), folder.path.appending("small"))
    try Self.write(GRUCell.self, to: whole)
    try ModelFile.quantise(whole, to: precision, output: small)
    let (file, before) = (try Safetensors(path: small), try Safetensors(path: whole))
    #expect(before.metadata["eddy.format"] == "1")
    #expect(file.metadata["eddy.format"] == "2")
    #expect(file.metadata["eddy.training"] == before.metadata["eddy.training"])
    let network = Self.network(GRUCell.self)
    for parameter in network.parameters {
      let (matrix, name) = (network[keyPath: parameter.path], parameter.name)
      let tensor = try file.tensor(name)
      guard tensor.shape.count == 2 else {
        #expect(tensor.dtype == .float32)
        #expect(try file.floats(name) == matrix.elements)
        continue
      }
      switch precision {
      case .int8:
        let expected = QuantisedMatrix(matrix)
        #expect(try file.signedBytes(name) == expected.values)
        #expect(try file.floats("\(name).scale", shape: [matrix.rows]) == expected.scales)
      default:
        #expect(tensor.dtype == .bfloat16)
        #expect(try file.floats(name).map(\.bitPattern) == matrix.bfloat16.map { UInt32($0) << 16 })
      }
    }
    let description = try (ModelDescription(of: small), ModelDescription(of: whole))
    #expect(description.0.json["precision"]?.string == precision.rawValue)
    #expect(description.1.json["precision"] == "float32")
    #expect(description.0.json["weights"] == description.1.json["weights"])
    #expect(description.0.json["bytes"]?.integer == Int64(try folder.bytes("small").count))
    #expect(description.0.byteCount < description.1.byteCount)
    #expect(description.0.table.contains("before it was quantised"))
    #expect(!description.1.table.contains("before it was quantised"))
  }

  /// What a file can say of a matrix.
  struct Contents {
    var metadata: [String: String]
    var floats: [String: (shape: [Int], elements: [Float])] = [:]
    var bytes: [String: (shape: [Int], elements: [Int8])] = [:]
  }

  /// A change that a quantised file must not have, and what the complaint says.
  struct Damage: CustomTestStringConvertible {
    let testDescription, fragment: String
    let change: @Sendable (inout Contents) -> Void

    init(
      _ name: String, _ fragment: String, _ change: @escaping @Sendable (inout Contents) -> Void
    ) {
      (testDescription, self.fragment, self.change) = (name, fragment, change)
    }
  }

  static let damages: [Damage] = [
    Damage(
      "no scales", "'decoder.weight.scale' is missing", { $0.floats["decoder.weight.scale"] = nil }),
    Damage(
      "one scale too few", "shape [9]",
      {
        $0.floats["decoder.weight.scale"]?.shape = [9]
        $0.floats["decoder.weight.scale"]?.elements.removeLast()
      }
    ),
    Damage(
      "scales of a bias", "does not belong",
      { $0.floats["decoder.bias.scale"] = ([1], [1]) }
    ),
    Damage(
      "a matrix in float32", "dtype F32; I8 was needed",
      {
        $0.bytes["decoder.weight"] = nil
        $0.floats["decoder.weight"] = ([10, 33], Array(repeating: 1, count: 330))
      }
    ),
    Damage(
      "a bias in int8", "dtype I8; F32 was needed",
      {
        $0.floats["decoder.bias"] = nil
        $0.bytes["decoder.bias"] = ([10], Array(repeating: 1, count: 10))
      }
    ),
    Damage(
      "a negative scale", "-1.0; scales are",
      { $0.floats["encoder.weight.scale"]?.elements[9] = -1 }
    ),
    Damage("−0", "-0.0; scales are", { $0.floats["encoder.weight.scale"]?.elements[9] = -0.0 }),
    Damage("NaN", "nan; scales are", { $0.floats["encoder.weight.scale"]?.elements[9] = .nan }),
    Damage(
      "an infinite scale", "inf; scales are",
      { $0.floats["rnn.weight_hh_l1.scale"]?.elements[0] = .infinity }
    ),
    Damage(
      "a scale that makes weights infinite", "not finite",
      { $0.floats["rnn.weight_hh_l1.scale"]?.elements[0] = 3e38 }
    ),
    Damage(
      "a scale of more than 16 bits", "eddy quantize",
      { $0.floats["rnn.weight_hh_l1.scale"]?.elements[0] = Float(1).nextUp }
    ),
    Damage(
      "a scale below the normal numbers", "eddy quantize",
      { $0.floats["rnn.weight_hh_l1.scale"]?.elements[0] = 0x1p-133 }
    ),
    Damage(
      "numbers without a scale", "eddy quantize",
      { $0.floats["rnn.weight_hh_l1.scale"]?.elements[0] = 0 }
    ),
    Damage(
      "a scale without a number", "eddy quantize",
      {
        $0.bytes["encoder.weight"]?.elements.replaceSubrange(
          0..<7, with: repeatElement(0, count: 7))
      }
    ),
    Damage("−128", "eddy quantize", { $0.bytes["encoder.weight"]?.elements[1] = -128 }),
    Damage("a newer format", "version '4'", { $0.metadata["eddy.format"] = "4" }),
    Damage("the older format", "dtype I8; F32 was needed", { $0.metadata["eddy.format"] = "1" }),
    Damage("no precision", "precision", { configure(&$0, nil) }),
    Damage("an unknown precision", "bfloat16 or int8", { configure(&$0, "int4") }),
    Damage("float32", "bfloat16 or int8", { configure(&$0, "float32") }),
    Damage("another precision", "dtype I8; BF16 was needed", { configure(&$0, "bfloat16") }),
  ]

  private static func configure(_ contents: inout Contents, _ precision: String?) {
    let text = contents.metadata["eddy.configuration"] ?? ""
    guard var object = (try? JSON(parsing: Array(text.utf8)))?.object else { return }
    object["precision"] = precision.map { .string($0) }
    contents.metadata["eddy.configuration"] = JSON.object(object).serialized
  }

  @Test("refused in a sentence with the file's name", arguments: damages)
  func damaged(damage: Damage) throws {
    let folder = try TextFolder()
    let paths = ["whole", "small", "same", "damaged"].map { folder.path.appending($0) }
    try Self.write(LSTMCell.self, to: paths[0])
    try ModelFile.quantise(paths[0], to: .int8, output: paths[1])
    try Self.rewrite(paths[1], to: paths[2]) { _ in }
    #expect(try folder.bytes("same") == folder.bytes("small"))
    try Self.rewrite(paths[1], to: paths[3], damage.change)
    do {
      _ = try ModelFile.read(paths[3])
      Issue.record("Accepted.")
    } catch {
      #expect(
        "\(error)".contains(paths[3].string) && "\(error)".contains(damage.fragment), "\(error)")
    }
  }

  /// Writes a file anew, changed.
  private static func rewrite(
    _ source: FilePath, to path: FilePath, _ change: (inout Contents) -> Void
  ) throws {
    let file = try Safetensors(path: source)
    var contents = Contents(metadata: file.metadata)
    contents.metadata[Safetensors.checksumKey] = nil
    for (name, tensor) in file.tensors {
      switch tensor.dtype {
      case .float32: contents.floats[name] = (tensor.shape, try file.floats(name))
      case .int8: contents.bytes[name] = (tensor.shape, try file.signedBytes(name))
      default: break
      }
    }
    change(&contents)
    var writer = SafetensorsWriter(metadata: contents.metadata)
    for (name, (shape, elements)) in contents.floats {
      writer.add(name, shape: shape, floats: elements)
    }
    for (name, (shape, elements)) in contents.bytes {
      writer.add(name, dtype: .int8, shape: shape) { try unsafe $0(elements.span.bytes) }
    }
    for name in ["vocabulary.offsets", "vocabulary.counts"] {
      let integers = try file.integers(name)
      writer.add(name, shape: [integers.count], integers: integers)
    }
    let words = try file.bytes("vocabulary.bytes")
    writer.add("vocabulary.bytes", shape: [words.count], bytes: words)
    try writer.write(to: path)
  }

  @Test("what is there stays; weights that would become infinite are refused")
  func refusals() throws {
    let folder = try TextFolder()
    let (whole, small) = (folder.path.appending("whole"), folder.path.appending("small"))
    try Self.write(RNNCell.self, to: whole)
    _ = try folder.file("small", "precious")
    for target in [small, whole, folder.path] {
      expectFileError("Is there already") {
        try ModelFile.quantise(whole, to: .int8, output: target)
      }
    }
    #expect(try folder.bytes("small") == Array("precious".utf8))
    try Self.rewrite(whole, to: folder.path.appending("huge")) {
      $0.floats["decoder.weight"]?.elements[5] = 3e38
    }
    for precision in Self.small {
      #expect(throws: ModelFileError.self) {
        try ModelFile.quantise(
          folder.path.appending("huge"), to: precision, output: folder.path.appending("new"))
      }
    }
    #expect(try folder.names == ["huge", "small", "whole"])
  }

  @Test("float32 is no quantisation, and stops the program")
  func float32() async {
    await #expect(processExitsWith: .failure) {
      try ModelFile.quantise("nothing", to: .float32, output: "nothing")
    }
  }
}
