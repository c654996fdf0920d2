import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN
import Foundation

/// Writes what both sides read: token ids, sentences, lists of candidates, and a model of random weights.
/// The same for every run.
struct Prepare: ParsableCommand {
  /// Candidates of one list.
  static let candidates = 100

  @OptionGroup var folder: JobFolder

  @Option(help: "A folder with the Penn Treebank's train.txt and test.txt; made-up text without.")
  var treebank: String?

  func run() throws {
    try FileManager.default.createDirectory(
      atPath: folder.folder, withIntermediateDirectories: true)
    let text = try treebank.map(JobText.init(treebank:)) ?? JobText(words: 10_000)
    let codec = text.codec
    let training = text.training.flatMap { codec.encodeLine($0).tokens }
    try folder.write(training, to: "words.tokens")
    try folder.write(text.test.flatMap { codec.encodeLine($0).tokens }, to: "test.tokens")
    try folder.write(Zipf(33_278, stream: 1).tokens(1_000_000), to: "zipf.tokens")
    try folder.write(Zipf(100, stream: 2).tokens(1_000_000), to: "characters.tokens")
    try folder.write(text.sentences(10_000), to: "sentences.txt")
    try folder.write(text.bestLists(20).flatMap(\.self), to: "best.txt")
    try folder.write(text.replacedLists(20).flatMap(\.self), to: "replaced.txt")
    try writeModel(codec)
  }

  private func writeModel(_ codec: TextCodec) throws {
    var options = TrainingOptions()
    options.sizes = NetworkSizes(embedding: 650, hidden: 650, layers: 2)
    let network = RecurrentNetwork<LSTMCell>(
      vocabularySize: codec.vocabulary.count, sizes: options.sizes, range: 0.1, seed: 0)
    let none = Evaluation(
      tokens: 1, vocabularySize: codec.vocabulary.count, unknownTokens: 0, logProbability: 0,
      knownLogProbability: 0, size: TextSize(characters: 0, bytes: 0))
    try ModelFile.write(
      network, codec: codec, options: options, updates: 0, validation: none, to: folder.model)
  }
}

/// A text to train on and a text to test with, a sentence a line.
struct JobText {
  let training: [String]
  let test: [String]
  /// The words of the vocabulary, each as often as it occurs at least.
  private let words: [String]

  init(treebank folder: String) throws {
    func lines(_ name: String) throws -> [String] {
      try String(contentsOf: URL(filePath: folder).appending(path: name), encoding: .utf8)
        .split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    }
    training = try lines("train.txt")
    test = try lines("test.txt")
    words = []
  }

  /// Makes a text up, about as long as the Penn Treebank.
  ///
  /// - Parameter words: The words of its vocabulary.
  init(words count: Int) {
    let names = ["<eos>", "<unk>"] + (2..<count).map { "w\($0)" }
    func lines(_ count: Int, stream: UInt32) -> [String] {
      var zipf = Zipf(names.count, stream: stream)
      return (0..<count).map { line in
        (0..<12 + line % 19).map { _ in names[max(zipf.next(), 1)] }.joined(separator: " ")
      }
    }
    training = lines(42_068, stream: 3)
    test = lines(3_761, stream: 4)
    words = names
  }

  /// The vocabulary of the training text.
  var codec: TextCodec {
    let tokenizer = Tokenizer(kind: .whitespace)
    var builder = VocabularyBuilder()
    for word in words { builder.add(Array(word.utf8)) }
    for line in training {
      for word in line.split(separator: " ") { builder.add(Array(word.utf8)) }
      builder.add(Array("<eos>".utf8))
    }
    return TextCodec(tokenizer: tokenizer, vocabulary: builder.vocabulary(tokenizer))
  }

  /// Sentences of 15 to 22 words: lines of the training text, short ones joined, long ones cut.
  func sentences(_ count: Int) -> [String] {
    var sentences: [String] = []
    var words: [Substring] = []
    for line in training where sentences.count < count {
      words += line.split(separator: " ")
      guard words.count >= 15 else { continue }
      sentences.append(words.prefix(22).joined(separator: " "))
      words = []
    }
    return sentences
  }

  /// Lists as a recogniser finds them: at every third place or so there are one to three other words, each at a
  /// cost, and a list holds the ways to read the sentence that cost least, the best first.
  func bestLists(_ count: Int) -> [[String]] {
    var random = PhiloxSequence(seed: 0, purpose: .sampling, stream: 6)
    let words = substitutes
    // More than are needed: some sentences have fewer ways to be read than a list has candidates.
    return sentences(2 * count).compactMap { sentence in
      var readings: [(cost: Double, words: [Substring])] = [(0, [])]
      for word in sentence.split(separator: " ") {
        var choices = [(cost: 0.0, word: word)]
        if random.next() % 3 == 0 {
          for _ in 0...random.next() % 3 {
            let cost = -PortableMath.log(1 - random.nextUnit())
            choices.append((cost, random.element(of: words)))
          }
        }
        let longer = readings.flatMap { reading in
          choices.map { (reading.cost + $0.cost, reading.words + [$0.word]) }
        }
        readings = Array(longer.sorted { $0.0 < $1.0 }.prefix(Prepare.candidates))
      }
      return readings.count == Prepare.candidates
        ? readings.map { $0.words.joined(separator: " ") } : nil
    }.prefix(count).map(\.self)
  }

  /// Words of the training text, each as often as it occurs.
  private var substitutes: [Substring] {
    training.prefix(10_000).flatMap { $0.split(separator: " ") }
  }

  /// Lists whose first candidate is a sentence, and the others the same with 1 to 3 words replaced, wherever it
  /// may be.
  func replacedLists(_ count: Int) -> [[String]] {
    var random = PhiloxSequence(seed: 0, purpose: .sampling, stream: 5)
    let words = substitutes
    return sentences(count).map { sentence in
      let original = sentence.split(separator: " ")
      return (0..<Prepare.candidates).map { number in
        var candidate = original
        for _ in 0..<min(number, 1 + number % 3) {
          let place = Int(random.next() % UInt64(candidate.count))
          candidate[place] = random.element(of: words)
        }
        return candidate.joined(separator: " ")
      }
    }
  }
}

extension PhiloxSequence {
  fileprivate mutating func element(of words: [Substring]) -> Substring {
    words[Int(next() % UInt64(words.count))]
  }
}

/// Token ids whose frequency falls as 1 / (id + 1).
struct Zipf {
  private let sums: [Double]
  private var random: PhiloxSequence

  init(_ count: Int, stream: UInt32) {
    var sum = 0.0
    sums = (0..<count).map { id in
      sum += 1 / Double(id + 1)
      return sum
    }
    random = PhiloxSequence(seed: 0, purpose: .sampling, stream: stream)
  }

  mutating func next() -> Int {
    let target = random.nextUnit() * sums[sums.count - 1]
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > target { high = middle } else { low = middle + 1 }
    }
    return low
  }

  func tokens(_ count: Int) -> [Int] {
    var copy = self
    return (0..<count).map { _ in copy.next() }
  }
}
