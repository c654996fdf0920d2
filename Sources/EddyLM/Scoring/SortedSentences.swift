/// Sentences in lexicographic order, so that those which begin alike stand together: a prefix is a range
/// of places.
struct SortedSentences {
  /// The index of the sentence at each place.
  let order: [Int]
  /// The tokens of all sentences, one after the other, and where each begins; the end of the last, too.
  private let tokens: [Int]
  private let starts: [Int]

  /// - Complexity: O(tokens · log sentences)
  init(_ sentences: [[Int]]) {
    order = sentences.indices.sorted { sentences[$0].lexicographicallyPrecedes(sentences[$1]) }
    var (tokens, starts) = ([Int](), [0])
    for index in order {
      tokens += sentences[index]
      starts.append(tokens.count)
    }
    (self.tokens, self.starts) = (tokens, starts)
  }

  /// The number of tokens of the sentence at a place.
  func length(_ place: Int) -> Int { starts[place + 1] - starts[place] }

  /// A token of the sentence at a place.
  func token(_ place: Int, _ index: Int) -> Int { tokens[starts[place] + index] }

  /// The number of tokens that all sentences at these places begin with.
  ///
  /// - Parameter depth: A number of tokens that they are known to begin with.
  func sharedLength(_ places: Range<Int>, from depth: Int) -> Int {
    let (first, last) = (places.lowerBound, places.upperBound - 1)
    let limit = min(length(first), length(last))
    guard first < last else { return limit }
    var depth = depth
    while depth < limit, token(first, depth) == token(last, depth) { depth += 1 }
    return depth
  }

  /// Parts of these places, one for each token that comes after `depth` tokens; sentences of no more
  /// tokens are in none.
  ///
  /// - Precondition: the sentences share `depth` tokens.
  func parts(_ places: Range<Int>, after depth: Int) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    for place in places where length(place) > depth {
      if let last = parts.last, token(last.lowerBound, depth) == token(place, depth) {
        parts[parts.count - 1] = last.lowerBound..<place + 1
      } else {
        parts.append(place..<place + 1)
      }
    }
    return parts
  }

  /// The sentence that goes with the most others wherever these part, so that a branch off it has at most
  /// half of them. No other begins with it and goes on.
  ///
  /// - Parameter depth: A number of tokens that all begin with.
  func leader(_ places: Range<Int>, from depth: Int) -> Int {
    var places = places
    var depth = sharedLength(places, from: depth)
    while depth < length(places.upperBound - 1) {
      var largest = places.upperBound..<places.upperBound
      for part in parts(places, after: depth) where part.count > largest.count { largest = part }
      places = largest
      depth = sharedLength(places, from: depth + 1)
    }
    return places.lowerBound
  }
}
