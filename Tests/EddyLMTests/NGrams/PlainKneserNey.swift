import Foundation

/// Interpolated modified Kneser–Ney from its definition (Chen & Goodman 1999, section 3), with dictionaries of whole
/// n-grams: slow, and shares nothing with the library.
struct PlainKneserNey {
  private let order: Int
  private let vocabularySize: Int
  private let end: Int
  /// a(n-gram), of each length.
  private var counts: [[[Int]: Int]] = []
  private var discounts: [[Double]] = []

  init(_ tokens: [Int], order: Int, vocabularySize: Int, end: Int) {
    self.order = order
    self.vocabularySize = vocabularySize
    self.end = end
    let text = [end] + tokens
    var occurrences = Array(repeating: [[Int]: Int](), count: order)
    for last in 1..<text.count {
      for length in 1...order where last - length + 1 >= 0 {
        let gram = Array(text[(last - length + 1)...last])
        // Nothing goes past the beginning of a sentence.
        guard !gram.dropFirst().dropLast().contains(end) else { continue }
        guard length == 1 || !(gram.dropLast().dropFirst().contains(end)) else { continue }
        occurrences[length - 1][gram, default: 0] += 1
      }
    }
    counts = occurrences
    for length in 1..<order {
      for gram in occurrences[length - 1].keys where length == 1 || gram[0] != end {
        counts[length - 1][gram] =
          occurrences[length].keys.filter { Array($0.dropFirst()) == gram }.count
      }
    }
    discounts = counts.map { counts in
      let n = (0...4).map { k in Double(counts.values.filter { $0 == k }.count) }
      let y = n[1] / (n[1] + 2 * n[2])
      let d = (1...3).map { k in Double(k) - Double(k + 1) * y * n[k + 1] / n[k] }
      let isGood = zip(1...3, d).allSatisfy { $1 > 0 && $1 <= Double($0) }
      return isGood ? d : [0.5, 1, 1.5]
    }
  }

  /// P(word | the last words of a history that begins with an end of sentence).
  func probability(of word: Int, after history: [Int]) -> Double {
    let sentence = history.lastIndex(of: end).map { Array(history[$0...]) } ?? history
    return probability(of: word, after: Array(sentence.suffix(order - 1)), length: order)
  }

  private func probability(of word: Int, after history: [Int], length: Int) -> Double {
    if history.count < length - 1 {
      return probability(of: word, after: history, length: length - 1)
    }
    let same = counts[length - 1].filter { Array($0.key.dropLast()) == history }
    let lower =
      length == 1
      ? 1 / Double(vocabularySize)
      : probability(of: word, after: Array(history.dropFirst()), length: length - 1)
    let total = same.values.reduce(0, +)
    guard total > 0 else { return lower }
    func discount(_ count: Int) -> Double {
      count == 0 ? 0 : discounts[length - 1][min(count, 3) - 1]
    }
    let count = same[history + [word]] ?? 0
    let left = same.values.reduce(0) { $0 + discount($1) } / Double(total)
    return (Double(count) - discount(count)) / Double(total) + left * lower
  }
}
