/// One of several texts for the same thing: what a recogniser heard, what a typist may have meant.
public struct Candidate: Sendable, Equatable {
  /// The list that the candidate belongs to.
  public var list: String
  /// The candidate, within its list.
  public var id: String
  /// May be empty: then only the end of the sentence is scored.
  public var text: String
  /// What others say about the candidate, by name: an acoustic score, a typing cost.
  public var scores: [String: Double]
  /// The line that the candidate was read from, from 1.
  public var line: Int?

  public init(
    list: String = "", id: String, text: String, scores: [String: Double] = [:], line: Int? = nil
  ) {
    self.list = list
    self.id = id
    self.text = text
    self.scores = scores
    self.line = line
  }

  /// The number of words, in the sense of a word bonus: parts between white space, whatever the
  /// model's tokens are.
  public var wordCount: Int {
    var count = 0
    var isInside = false
    for scalar in text.unicodeScalars {
      let isSpace = scalar.properties.isWhitespace
      if !isSpace && !isInside { count += 1 }
      isInside = !isSpace
    }
    return count
  }
}
