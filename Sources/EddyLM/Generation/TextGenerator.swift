public import EddyFiles
public import EddyNN

/// Writes on where a prompt ends.
public struct TextGenerator<Model: LanguageModel>: Sendable {
  /// Samples that are drawn side by side.
  private static var batchSize: Int { 16 }

  private let model: Model
  private let team: ThreadTeam

  public init(_ model: Model, team: ThreadTeam = .serial) {
    self.model = model
    self.team = team
  }

  /// Generates `options.count` texts that go on after a prompt.
  ///
  /// - Parameters:
  ///   - prompt: May be empty; the text then begins a sentence.
  ///   - onPiece: Takes each piece of text as soon as it is certain, with the number of its sample,
  ///     from 0. A piece holds whole characters and no part of a stop string; joined, the pieces of a
  ///     sample are its text. It may throw to stop.
  /// - Returns: The texts, without the prompt, in the order of their samples.
  /// - Throws: ``GenerationError``, or what `onPiece` throws.
  public func generate(
    prompt: String, options: SamplingOptions,
    onPiece: (_ sample: Int, _ piece: String) throws -> Void = { _, _ in }
  ) throws -> [GeneratedText] {
    let codec = model.codec
    let tokens = codec.encode(prompt)
    let (state, next) = model.read(tokens, team: team)
    let unknown = options.allowsUnknown ? [] : [codec.vocabulary.unknown].compactMap(\.self)
    let excludedFirst = unknown + codec.impossibleTokens(after: prompt)
    var results: [GeneratedText] = []
    for first in stride(from: 0, to: options.count, by: Self.batchSize) {
      let samples = (first..<min(first + Self.batchSize, options.count)).map { number in
        Sample(
          number: number, recent: tokens,
          sampler: TokenSampler(options: options, sample: number),
          excludedFirst: excludedFirst, excluded: unknown,
          stream: TextStream(
            codec: codec, previous: tokens.last ?? codec.vocabulary.endOfSentence,
            prompt: prompt, stopStrings: options.stopStrings))
      }
      results += try generate(samples, state: state, next: next, options: options, onPiece)
    }
    return results
  }

  /// Draws the tokens of some samples side by side, until all are finished.
  private func generate(
    _ samples: [Sample], state: Model.State, next: Matrix, options: SamplingOptions,
    _ onPiece: (Int, String) throws -> Void
  ) throws -> [GeneratedText] {
    var samples = samples
    var active = Array(samples.indices)
    let sameRow = active.map { _ in 0 }
    var (state, next) = (state.rows(sameRow), next.rows(sameRow))
    while true {
      var rows: [Int] = []
      for (row, index) in active.enumerated() {
        guard let token = samples[index].draw(from: next, row: row) else {
          throw GenerationError.nothingPossible
        }
        try samples[index].take(token, onPiece: onPiece)
        if samples[index].stream.isStopped {
          samples[index].result.ending = .stopString
        } else if samples[index].result.tokens.count == options.maximumTokens {
          try samples[index].finish(onPiece: onPiece)
        } else {
          rows.append(row)
        }
      }
      guard !rows.isEmpty else { return samples.map(\.result) }
      if rows.count < active.count {
        active = rows.map { active[$0] }
        state = state.rows(rows)
      }
      next = model.advance(active.map { samples[$0].recent.last ?? 0 }, state: &state, team: team)
    }
  }
}

/// A text that a model wrote.
public struct GeneratedText: Sendable, Equatable {
  /// Why a text ended.
  public enum Ending: String, Sendable {
    /// A stop string came.
    case stopString = "stop"
    /// The maximum of tokens was reached.
    case length
  }

  /// The text after the prompt, up to the stop string.
  public var text: String
  /// All tokens drawn, those of the stop string included.
  public var tokens: [Int]
  public var ending: Ending

  /// The result for a program.
  public func json() -> JSON {
    .object([
      "text": .string(text), "tokens": .integer(Int64(tokens.count)),
      "ending": .string(ending.rawValue),
    ])
  }
}

/// Why no text could be generated.
public enum GenerationError: Error, Equatable {
  case nothingPossible
}

extension GenerationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nothingPossible:
      "The model holds no token to be possible here: its weights may be damaged, "
        + "or it knows nothing but the unknown word."
    }
  }
}

/// A text on its way.
private struct Sample {
  let number: Int
  var recent: [Int]
  var sampler: TokenSampler
  let excludedFirst: [Int]
  let excluded: [Int]
  var stream: TextStream
  var result = GeneratedText(text: "", tokens: [], ending: .length)

  mutating func draw(from next: Matrix, row: Int) -> Int? {
    next.withSpan {
      sampler.next(
        from: $0.extracting(row * next.columns..<(row + 1) * next.columns), recent: recent,
        excluded: result.tokens.isEmpty ? excludedFirst : excluded)
    }
  }

  mutating func take(_ token: Int, onPiece: (Int, String) throws -> Void) throws {
    recent.append(token)
    result.tokens.append(token)
    try show(stream.append(token), onPiece)
  }

  mutating func finish(onPiece: (Int, String) throws -> Void) throws {
    let rest = stream.finish()
    try show(rest, onPiece)
    if stream.isStopped { result.ending = .stopString }
  }

  private mutating func show(_ piece: String, _ onPiece: (Int, String) throws -> Void) throws {
    guard !piece.isEmpty else { return }
    result.text += piece
    try onPiece(number, piece)
  }
}
