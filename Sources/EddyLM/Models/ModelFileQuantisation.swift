import EddyFiles
public import EddyNN
public import SystemPackage

extension ModelFile {
  /// Writes a model with smaller weights.
  ///
  /// The new file gives the scores, bit for bit, that the old one gives when it is read in this precision. In
  /// int8 a matrix takes a byte a weight and 4 for each row, in bfloat16 two bytes a weight; biases stay as they
  /// are. Complexity: O(weights)
  ///
  /// - Parameters:
  ///   - source: A model file, or a run folder.
  ///   - precision: bfloat16 or int8.
  ///   - path: The new file.
  /// - Returns: The sizes of the old file and of the new one, in bytes.
  /// - Throws: `FileError`, also if there is something at `path` already, and ``ModelFileError``
  /// - Precondition: `precision` is not float32.
  @discardableResult
  public static func quantise(
    _ source: FilePath, to precision: Precision, output path: FilePath
  ) throws -> (before: Int, after: Int) {
    precondition(precision != .float32, "A model is quantised to bfloat16 or int8, not to float32.")
    let file = try OpenModelFile(source)
    try requireNew(path, "a model is quantised into a new file")
    func quantise<Network: LanguageNetwork>(_ network: Network, _ codec: TextCodec) throws {
      // What is near the largest number would be rounded to infinity.
      for parameter in network.parameters where !parameter.isVector {
        let isSafe = network[keyPath: parameter.path].withSpan { weights in
          weights.indices.allSatisfy { weights[$0].magnitude < .greatestFiniteMagnitude / 2 }
        }
        guard isSafe else {
          throw ModelFileError.contradiction(
            path: file.path.string,
            "tensor '\(parameter.name)' holds a number that is too large to be quantised")
        }
      }
      try write(
        network, codec: codec, training: file.configuration.training, precision: precision, to: path
      )
    }
    let (network, codec) = try file.readNetwork()
    try quantise(network, codec)
    return (file.file.byteCount, try Safetensors(path: path).byteCount)
  }
}
