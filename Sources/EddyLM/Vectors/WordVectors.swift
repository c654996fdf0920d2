import EddyFiles
public import EddyNN
public import SystemPackage

/// The word vectors of a network, compared by the cosine of the angle between them.
public struct WordVectors: Sendable {
  private let codec: TextCodec
  /// `[V, D]`, each of length 1 (or 0, if it was).
  private let unit: Matrix
  private let weights: Matrix

  /// A word and how like another it is.
  public struct Neighbour: Sendable, Equatable {
    public let word: String
    /// −1 … 1.
    public let cosine: Double
  }

  /// - Parameter weights: One row per word of the vocabulary, `[V, D]`.
  public init(codec: TextCodec, weights: Matrix) {
    precondition(
      weights.rows == codec.vocabulary.count,
      "Vectors of \(codec.vocabulary.count) words are needed, found \(weights.rows).")
    self.codec = codec
    self.weights = weights
    var unit = weights
    let columns = weights.columns
    unit.withMutableSpan { span in
      for row in 0..<weights.rows {
        let range = row * columns..<(row + 1) * columns
        let length = range.reduce(0.0) { $0 + Double(span[$1]) * Double(span[$1]) }.squareRoot()
        guard length > 0 else { continue }
        for index in range { span[index] = Float(Double(span[index]) / length) }
      }
    }
    self.unit = unit
  }

  /// Reads those of a model file or a run folder.
  ///
  /// - Throws: As ``ModelFile/readNetwork(_:)``.
  public static func read(_ path: FilePath) throws -> WordVectors {
    let (network, codec) = try ModelFile.readNetwork(path)
    return WordVectors(codec: codec, weights: network.embedding.weights)
  }

  /// `D`.
  public var size: Int { weights.columns }

  /// The words most like a word, the nearest first, without itself, the unknown word and ends of sentences.
  ///
  /// - Throws: ``UnknownWord``
  /// - Complexity: O(V·D)
  public func nearest(to word: String, count: Int) throws(UnknownWord) -> [Neighbour] {
    let id = try id(of: word)
    return nearest(to: vector(id), count: count, except: [id])
  }

  /// What is to `c` as `b` is to `a`: the words nearest to `b − a + c`, without the three.
  ///
  /// Source: Mikolov, Yih, Zweig, «Linguistic regularities in continuous space word representations», NAACL 2013,
  /// section 4.
  ///
  /// - Throws: ``UnknownWord``
  /// - Complexity: O(V·D)
  public func analogy(
    _ a: String, _ b: String, _ c: String, count: Int
  ) throws(UnknownWord) -> [Neighbour] {
    let ids = [try id(of: a), try id(of: b), try id(of: c)]
    let vectors = ids.map(vector)
    let sum = vectors[0].indices.map { vectors[1][$0] - vectors[0][$0] + vectors[2][$0] }
    return nearest(to: sum, count: count, except: ids)
  }

  /// Writes all vectors in word2vec's text format: how many and how long, then a word and its numbers a line.
  ///
  /// - Throws: `FileError`, also for a token of white space.
  public func export(to path: FilePath) throws {
    let vocabulary = codec.vocabulary
    try AtomicFile.write(to: path) { file in
      try file.write(Array("\(weights.rows) \(size)\n".utf8))
      for id in 0..<weights.rows {
        let word = vocabulary.bytes(of: id)
        guard !String(decoding: word, as: UTF8.self).unicodeScalars.contains(where: \.isSpace)
        else {
          throw FileError(
            path: path,
            reason: "The token \(vocabulary.string(of: id).debugDescription) is white space, which "
              + "this format cannot hold.")
        }
        let numbers = weights.rows(from: id, count: 1).elements.map { " \($0)" }.joined()
        try file.write(word + Array("\(numbers)\n".utf8))
      }
    }
  }

  private func id(of word: String) throws(UnknownWord) -> Int {
    let tokens = codec.encode(word)
    guard tokens.count == 1, tokens[0] != codec.vocabulary.unknown else {
      throw UnknownWord(word: word)
    }
    return tokens[0]
  }

  private func vector(_ id: Int) -> [Double] {
    unit.rows(from: id, count: 1).elements.map(Double.init)
  }

  private func nearest(to vector: [Double], count: Int, except: [Int]) -> [Neighbour] {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let cosines = unit.withSpan { span in
      (0..<unit.rows).map { row in
        var sum = 0.0
        for (column, value) in vector.enumerated() {
          sum += value * Double(span[row * unit.columns + column])
        }
        return length > 0 ? sum / length : 0
      }
    }
    let vocabulary = codec.vocabulary
    let excluded = Set(
      except + [vocabulary.endOfSentence] + [vocabulary.unknown].compactMap(\.self))
    let best = cosines.indices.filter { !excluded.contains($0) }
      .first(count) { cosines[$0] == cosines[$1] ? $0 < $1 : cosines[$0] > cosines[$1] }
    return best.map {
      Neighbour(word: codec.shown(vocabulary.bytes(of: $0)), cosine: cosines[$0])
    }
  }
}

/// A word is not in the vocabulary, or is no single token.
public struct UnknownWord: Error, Equatable, CustomStringConvertible {
  public let word: String
  public var description: String {
    "The model does not know \(word.debugDescription) as one word."
  }
}
