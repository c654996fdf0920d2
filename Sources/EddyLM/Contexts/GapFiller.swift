public import EddyNN
public import SystemPackage

/// A word that may fill a gap.
public struct Filling: Sendable, Equatable {
  public let word: String
  /// P(word | the words on both sides).
  public let probability: Double
}

/// Fills gaps in texts: P(word | the words on both sides) of a continuous bag of words.
public struct GapFiller: Sendable {
  public let codec: TextCodec
  private let network: ContextNetwork<SurroundingContext>
  private let decoder: LinearPanels
  private let team: ThreadTeam

  /// What stands for a gap in a text.
  public static let gap = "___"
  /// The gaps that are filled at once.
  private static let gapsAtOnce = 256

  /// - Precondition: the network has as many words as the vocabulary.
  public init(
    codec: TextCodec, network: ContextNetwork<SurroundingContext>, team: ThreadTeam = .serial
  ) {
    precondition(
      network.vocabularySize == codec.vocabulary.count,
      "A network of \(codec.vocabulary.count) words is needed, found \(network.vocabularySize).")
    self.codec = codec
    self.network = network
    self.team = team
    decoder = LinearPanels(
      network.decoder, forTraining: false, precision: .float32, team: team)
  }

  /// The most likely words for the gap in a sentence, the best first; not the unknown word.
  ///
  /// Before the sentence and after it stand ends of sentences.
  ///
  /// - Parameters:
  ///   - text: With one ``gap``, apart from the words around it.
  ///   - count: The most words to return.
  /// - Throws: ``GapError`` if there is not one gap.
  /// - Complexity: O(V·D)
  public func fill(_ text: String, count: Int) throws(GapError) -> [Filling] {
    let sides = text.split(separator: Self.gap, omittingEmptySubsequences: false)
    guard sides.count == 2 else { throw GapError(found: sides.count - 1) }
    let end = codec.vocabulary.endOfSentence
    let padding = Array(repeating: end, count: network.context)
    let words =
      (padding + codec.encode(String(sides[0]))).suffix(network.context)
      + (codec.encode(String(sides[1])) + padding).prefix(network.context)
    var result = Matrix(rows: 1, columns: network.vocabularySize)
    scores(Array(words), into: result.mutableView()) { scores, member in
      SoftmaxCrossEntropy.normalise(scores, member: member)
    }
    let values = result.elements
    let best = values.indices.filter { $0 != codec.vocabulary.unknown }
      .first(count) { values[$0] == values[$1] ? $0 < $1 : values[$0] > values[$1] }
    return best.map {
      Filling(
        word: codec.shown(codec.vocabulary.bytes(of: $0)),
        probability: PortableMath.exp(Double(values[$0])))
    }
  }

  /// How well gaps are filled: each word of a text from those around it, the text read as a ring.
  ///
  /// This is no perplexity of a language model: the words after the gap are known.
  func evaluate(_ text: some TokenSource, size: TextSize) throws -> Evaluation {
    guard text.count > 0 else { throw EvaluationError.noTokens }
    let unknown = codec.vocabulary.unknown
    var (logProbability, known, unknownTokens) = (0.0, 0.0, 0)
    for first in stride(from: 0, to: text.count, by: Self.gapsAtOnce) {
      let gaps = first..<min(first + Self.gapsAtOnce, text.count)
      let targets = try text.read(gaps)
      let words = gaps.flatMap { gap in
        (-network.context...network.context).filter { $0 != 0 }.map { step in
          let place = (gap + step) % text.count
          return text[place < 0 ? place + text.count : place]
        }
      }
      let results = Buffer(rows: 1, columns: targets.count)
      let view = results.view
      let scores = Buffer(rows: gaps.count, columns: network.vocabularySize)
      self.scores(words, into: scores.view) { scores, member in
        SoftmaxCrossEntropy.logProbabilities(
          scores, targets: targets, rows: Array(targets.indices), into: view, member: member)
      }
      for (target, value) in zip(targets, results.matrix.elements) {
        logProbability += Double(value)
        if target == unknown { unknownTokens += 1 } else { known += Double(value) }
      }
    }
    return Evaluation(
      tokens: text.count, vocabularySize: codec.vocabulary.count, unknownTokens: unknownTokens,
      logProbability: logProbability, knownLogProbability: known, size: size)
  }

  /// Computes the scores after some contexts and hands them on, on every member.
  private func scores(
    _ words: [Int], into scores: MatrixView,
    then body: (MatrixView, ThreadTeam.Member) -> Void
  ) {
    let space = ContextSpace(
      network, rows: words.count / network.wordCount, precision: .float32)
    space.begin(words)
    team.run { member in
      space.forward(network, hidden: nil, member: member)
      network.decoder.forward(
        space.topOperand, into: scores, panels: decoder.panels, member: member)
      member.barrier()
      body(scores, member)
    }
  }
}

/// A text has no gap, or several.
public struct GapError: Error, Equatable, CustomStringConvertible {
  public let found: Int
  public var description: String {
    "The text needs one gap, '\(GapFiller.gap)', found \(found)."
  }
}

extension GapFiller {
  /// Reads the model of a model file or a run folder.
  ///
  /// - Throws: As ``ModelFile/readNetwork(_:)``; ``ModelFileError`` also for another kind of network.
  public static func read(_ path: FilePath, team: ThreadTeam) throws -> GapFiller {
    let (network, codec): (ContextNetwork<SurroundingContext>, TextCodec) =
      try OpenModelFile(path).read()
    return GapFiller(codec: codec, network: network, team: team)
  }
}
