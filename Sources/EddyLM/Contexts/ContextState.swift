public import EddyFiles

/// The last `n` words of each of `B` texts.
///
/// Before the first word of a text there are copies of it: a sentence, which is read after an end of sentence, has
/// ends of sentences before it.
public struct ContextState: NetworkState {
  public let batchSize: Int
  /// `n`.
  let context: Int
  /// `[B, n]`, the oldest word first; −1 where nothing was read.
  private var words: [Int32]

  init(batchSize: Int, context: Int) {
    self.init(
      context: context, words: Array(repeating: -1, count: batchSize * context))
  }

  private init(context: Int, words: [Int32]) {
    self.context = context
    self.words = words
    batchSize = words.count / context
  }

  public func rows(_ indices: [Int]) -> ContextState {
    ContextState(
      context: context,
      words: indices.flatMap { words[$0 * context..<($0 + 1) * context] })
  }

  public init(joining parts: [ContextState]) {
    precondition(!parts.isEmpty, "ContextState(joining:) needs at least one part.")
    self.init(context: parts[0].context, words: parts.flatMap(\.words))
  }

  /// Reads one word of a text.
  mutating func read(_ word: Int, row: Int) {
    let first = row * context
    if words[first] < 0 {
      for place in first..<first + context { words[place] = Int32(word) }
    } else {
      for place in first..<first + context - 1 { words[place] = words[place + 1] }
      words[first + context - 1] = Int32(word)
    }
  }

  /// Appends the last words of a text, the oldest first.
  func append(row: Int, to list: inout [Int]) {
    for place in row * context..<(row + 1) * context { list.append(Int(words[place])) }
  }
}

// In checkpoints: `state.words`, ids plus 1.
extension ContextState {
  private static let tensor = "state.words"

  public static func checkTensors(
    of file: Safetensors, sizes: NetworkSizes, batchSize: Int
  ) throws(FileError) -> [String] {
    _ = try file.tensor(tensor, shape: [batchSize, sizes.context], dtype: .uint32)
    return [tensor]
  }

  public func add(to writer: inout SafetensorsWriter) {
    writer.add(
      Self.tensor, shape: [batchSize, context], unsigned: words.map { UInt32($0 + 1) })
  }

  public mutating func read(from file: Safetensors) throws {
    words = try file.unsigned(Self.tensor).map { word in
      guard word < Int32.max else {
        throw FileError(path: file.path, reason: "Tensor '\(Self.tensor)' holds \(word), no word.")
      }
      return Int32(word) - 1
    }
  }
}
