import EddyFiles
import SystemPackage

// A table as tensors of a model file: `ngram.1.log_probability`, `ngram.1.log_backoff`, `ngram.1.children`, then for
// longer n-grams `ngram.2.word`, too. The longest have neither backoff weights nor children.
extension NGramTable {
  private static func name(_ length: Int, _ array: String) -> String { "ngram.\(length).\(array)" }

  func add(to writer: inout SafetensorsWriter) {
    for (index, level) in levels.enumerated() {
      func name(_ array: String) -> String { Self.name(index + 1, array) }
      let count = [level.count]
      if index > 0 { writer.add(name("word"), shape: count, unsigned: level.words) }
      writer.add(name("log_probability"), shape: count, floats: level.logProbabilities)
      if index < order - 1 {
        writer.add(name("log_backoff"), shape: count, floats: level.logBackoffs)
        writer.add(name("children"), shape: [level.count + 1], unsigned: level.children)
      }
    }
  }

  /// Reads what ``add(to:)`` wrote.
  ///
  /// - Throws: `FileError`, ``ModelFileError`` for tensors that make no tree or no probabilities.
  init(
    readingFrom file: Safetensors, order: Int, vocabularySize: Int, endOfSentence: Int,
    besides vocabularyTensors: Set<String>
  ) throws {
    let path = file.path.string
    var names = vocabularyTensors
    var levels: [Level] = []
    var count = vocabularySize
    for length in 1...order {
      func name(_ array: String) -> String {
        let name = Self.name(length, array)
        names.insert(name)
        return name
      }
      /// Smaller types would grow.
      func floats(_ array: String) throws -> [Float] {
        let name = name(array)
        _ = try file.tensor(name, dtype: .float32)
        return try file.floats(name, shape: [count])
      }
      var level = Level()
      level.logProbabilities = try floats("log_probability")
      level.words =
        length == 1
        ? (0..<UInt32(vocabularySize)).map(\.self)
        : try file.unsigned(name("word"), shape: [count])
      guard level.logProbabilities.allSatisfy({ $0 <= 0 && $0.isFinite }) else {
        throw ModelFileError.contradiction(
          path: path, "tensor '\(name("log_probability"))' needs finite numbers up to 0")
      }
      if length > 1 {
        try Self.check(
          level.words, below: levels[length - 2].children, vocabularySize: vocabularySize,
          name: name("word"), path: path)
      }
      if length < order {
        level.logBackoffs = try floats("log_backoff")
        guard level.logBackoffs.allSatisfy(\.isFinite) else {
          throw ModelFileError.notFinite(path: path, tensor: name("log_backoff"))
        }
        level.children = try file.unsigned(name("children"), shape: [count + 1])
        let bounds = level.children
        guard bounds[0] == 0, (0..<count).allSatisfy({ bounds[$0] <= bounds[$0 + 1] }) else {
          throw ModelFileError.contradiction(
            path: path, "tensor '\(name("children"))' needs numbers that begin at 0 and never fall")
        }
        count = Int(bounds[count])
      }
      levels.append(level)
    }
    try file.requireTensors(names)
    self.init(levels: levels, endOfSentence: endOfSentence)
  }

  /// Words below one node must rise.
  private static func check(
    _ words: [UInt32], below bounds: [UInt32], vocabularySize: Int, name: String, path: String
  ) throws(ModelFileError) {
    for node in 0..<bounds.count - 1 {
      var least: UInt32 = 0
      for place in Int(bounds[node])..<Int(bounds[node + 1]) {
        guard words[place] >= least, words[place] < vocabularySize else {
          throw .contradiction(
            path: path,
            "tensor '\(name)' needs ids below \(vocabularySize) that rise below each n-gram")
        }
        least = words[place] + 1
      }
    }
  }
}
