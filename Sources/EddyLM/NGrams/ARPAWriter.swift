import EddyFiles
import EddyNN
public import SystemPackage

/// Writes n-gram models as ARPA files, the format of SRILM and KenLM.
public enum ARPAWriter {
  /// Writes a model, whole or not at all: log₁₀ of probabilities and backoff weights, words apart by spaces.
  ///
  /// An end of sentence is written `</s>` at the end of an n-gram and `<s>` in front of other words.
  ///
  /// - Throws: `FileError`; ``ARPAError`` if a word of the vocabulary cannot be written.
  /// - Complexity: O(n-grams)
  public static func write(_ model: NGramModel, to path: FilePath) throws {
    let (table, vocabulary) = (model.table, model.codec.vocabulary)
    let end = table.endOfSentence
    let words = try (0..<vocabulary.count).map { id in
      id == end ? Array(ARPA.end.utf8) : try ARPA.word(vocabulary.bytes(of: id), path: path)
    }
    // Text of many lines at once: a write each would be slow.
    var text: [UInt8] = []
    try AtomicFile.write(to: path) { file in
      func put(_ string: String) { text += Array(string.utf8) }
      put("\\data\\\nngram 1=\(table.vocabularySize + 1)\n")
      for length in 2...table.order {
        put("ngram \(length)=\(table.levels[length - 1].count)\n")
      }
      for length in 1...table.order {
        put("\n\\\(length)-grams:\n")
        if length == 1 {
          put("-99\t\(ARPA.start)\t\(ARPA.number(table.levels[0].logBackoffs[end]))\n")
        }
        try table.forEach(length: length) { node, path in
          let level = table.levels[length - 1]
          put("\(ARPA.number(level.logProbabilities[node]))\t")
          for (place, word) in path.enumerated() {
            if place > 0 { text.append(UInt8(ascii: " ")) }
            text +=
              word == end && place == 0 && length > 1 ? Array(ARPA.start.utf8) : words[word]
          }
          let isSentence = path[length - 1] == end
          if length < table.order, !isSentence { put("\t\(ARPA.number(level.logBackoffs[node]))") }
          text.append(UInt8(ascii: "\n"))
          if text.count > 1 << 16 {
            try file.write(text)
            text.removeAll(keepingCapacity: true)
          }
        }
      }
      put("\n\\end\\\n")
      try file.write(text)
    }
  }
}

extension NGramTable {
  /// Hands over the n-grams of one length in order: the node, and the words that lead to it.
  fileprivate func forEach(
    length: Int, _ body: (_ node: Int, _ path: [Int]) throws -> Void
  ) rethrows {
    // The node above, at each length, whose children are being gone through.
    var above = [Int](repeating: 0, count: length)
    for node in 0..<levels[length - 1].count {
      var (child, path) = (node, [Int](repeating: 0, count: length))
      for depth in stride(from: length - 1, through: 1, by: -1) {
        path[depth] = Int(levels[depth].words[child])
        while levels[depth - 1].children[above[depth] + 1] <= child { above[depth] += 1 }
        child = above[depth]
      }
      path[0] = child
      try body(node, path)
    }
  }
}

/// What ARPA files have in common, read or written.
enum ARPA {
  static let start = "<s>"
  static let end = "</s>"

  /// log₁₀ of a natural logarithm, as the shortest number that is this float.
  static func number(_ natural: Float) -> String {
    Float(LogBase.ten.value(ofNatural: Double(natural))).description
  }

  /// A word as it can stand in a file.
  static func word(_ bytes: [UInt8], path: FilePath) throws(ARPAError) -> [UInt8] {
    let text = String(decoding: bytes, as: UTF8.self)
    guard !bytes.isEmpty, !text.unicodeScalars.contains(where: \.isSpace), text != start,
      text != end, text.utf8.elementsEqual(bytes)
    else { throw ARPAError(file: path.string, line: nil, problem: .unwritable(word: text)) }
    return bytes
  }
}

/// Why an ARPA file could not be read or written.
public struct ARPAError: Error, Equatable {
  public var file: String
  /// From 1; nil where the file as a whole is meant.
  public var line: Int?
  public var problem: Problem

  public enum Problem: Error, Equatable {
    case unwritable(word: String)
    case noData
    case notCounts(String)
    case order(Int)
    case wrongCount(length: Int, stated: Int, found: Int)
    case unexpected(String, needed: String)
    case notANumber(String)
    case notUTF8
    case wordCount(length: Int, found: Int)
    case unknownWord(String)
    case misplaced(String)
    case twice(String)
    case noHistory(String)
    case missing(String)
  }
}

extension ARPAError: CustomStringConvertible {
  public var description: String {
    "\(file)\(line.map { ", line \($0)" } ?? ""): \(problem.description)"
  }
}

extension ARPAError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unwritable(let word):
      "an ARPA file cannot hold the token \(word.debugDescription): words are needed that hold no white space "
        + "and are not \(ARPA.start) or \(ARPA.end)."
    case .noData: "'\\data\\' is missing: this is no ARPA file."
    case .notCounts(let found): "'ngram LENGTH=COUNT' was needed, found \(found.quotedExcerpt)."
    case .order(let found):
      "n-grams of up to \(found) words; models of \(NGramTable.orders.lowerBound) to "
        + "\(NGramTable.orders.upperBound) can be read."
    case .wrongCount(let length, let stated, let found):
      "\(found) n-grams of length \(length); \\data\\ promises \(stated)."
    case .unexpected(let found, let needed): "\(needed) was needed, found \(found.quotedExcerpt)."
    case .notANumber(let found):
      "a finite number was needed, a probability's not above 0, found \(found.quotedExcerpt)."
    case .notUTF8: "this is not UTF-8."
    case .wordCount(let length, let found):
      "a number, \(length) words and maybe a second number were needed, found \(found) fields."
    case .unknownWord(let word): "\(word.quotedExcerpt) is not among the 1-grams."
    case .misplaced(let word):
      "\(ARPA.start) stands only in front and \(ARPA.end) only at the end, found \(word.quotedExcerpt)."
    case .twice(let words): "\(words.quotedExcerpt) stands there twice."
    case .noHistory(let words):
      "the n-gram \(words.quotedExcerpt) is there, but not the one without its last word."
    case .missing(let what): "\(what) is missing."
    }
  }
}
