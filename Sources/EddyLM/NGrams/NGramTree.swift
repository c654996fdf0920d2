/// The n-grams of a text as a tree, with what Kneser–Ney smoothing counts about each.
struct NGramTree {
  /// The n-grams of one length, in the order of their words' ids.
  struct Level {
    /// The last word of each.
    var words: [UInt32] = []
    /// How often it occurs (the longest n-grams, and those that begin a sentence: nothing is before them), or
    /// after how many different words.
    var counts: [UInt32] = []
    /// The node, one level higher, of the n-gram without its first word.
    var suffixes: [UInt32] = []
    /// Where in the next level the n-grams below each begin, and at last where the last ones end.
    var children: [UInt32] = []

    var count: Int { words.count }
  }

  /// Unigrams first: all words of the vocabulary, in their order.
  private(set) var levels: [Level]

  /// - Complexity: O(n-grams · log V)
  init(_ strings: NGramCounts, order: Int, vocabularySize: Int, endOfSentence: Int) {
    levels = (0..<order).map { _ in Level() }
    levels[0].words = (0..<UInt32(vocabularySize)).map(\.self)
    levels[0].counts = Array(repeating: 0, count: vocabularySize)
    add(strings, endOfSentence: UInt32(endOfSentence))
    for length in 1..<order { countWordsBefore(length) }
  }

  /// Makes the nodes, which come in their order.
  private mutating func add(_ strings: NGramCounts, endOfSentence: UInt32) {
    let order = levels.count
    var path = [UInt32?](repeating: nil, count: order)
    // How many n-grams stand below each node.
    var below = levels.dropLast().map { [UInt32](repeating: 0, count: $0.count) }
    strings.read { key, count in
      var isNew = path[0] != key[0]
      path[0] = key[0]
      var parent = Int(key[0] ?? 0)
      for length in 1..<order {
        guard let word = key[length] else {
          for rest in length..<order { path[rest] = nil }
          break
        }
        isNew = isNew || path[length] != word
        path[length] = word
        if isNew {
          levels[length].words.append(word)
          levels[length].counts.append(0)
          below[length - 1][parent] += 1
          if length < order - 1 { below[length].append(0) }
        }
        parent = levels[length].count - 1
        if length == order - 1 || key[0] == endOfSentence { levels[length].counts[parent] += count }
      }
    }
    for (length, counts) in below.enumerated() {
      var start: UInt32 = 0
      levels[length].children = [0]
      levels[length].children.reserveCapacity(counts.count + 1)
      for count in counts {
        start += count
        levels[length].children.append(start)
      }
    }
  }

  /// Finds the suffix of each n-gram of `length` + 1 words, and counts it once for each.
  private mutating func countWordsBefore(_ length: Int) {
    var suffixes = [UInt32](repeating: 0, count: levels[length].count)
    let parents = levels[length - 1]
    for parent in 0..<parents.count {
      let children = Int(parents.children[parent])..<Int(parents.children[parent + 1])
      guard length > 1 else {
        for child in children { suffixes[child] = levels[1].words[child] }
        continue
      }
      // The children of the suffix hold all of these words, in the same order.
      var place = Int(levels[length - 2].children[Int(parents.suffixes[parent])])
      for child in children {
        let word = levels[length].words[child]
        while levels[length - 1].words[place] != word { place += 1 }
        suffixes[child] = UInt32(place)
      }
    }
    for suffix in suffixes { levels[length - 1].counts[Int(suffix)] += 1 }
    levels[length].suffixes = suffixes
  }
}
