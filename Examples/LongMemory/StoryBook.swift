import EddyLM
import EddyNN

/// Stories to learn from and others to be asked about.
struct StoryBook {
  let codec: TextCodec
  /// The stories to learn from, one after another.
  let tokens: [Int]
  /// Questions by distance, none of which begins a story that was learned.
  let questions: [(distance: Int, stories: [Story])]

  init(stories: Int, questions count: Int) {
    var random = PhiloxSequence(seed: 1, purpose: .sampling)
    let fillable = (0...100).filter(Story.canFill)
    let learned = (0..<stories).map { _ in
      // Short ones are the more frequent: what is learned from them carries over to longer ones.
      let longest = 1 + random.next() % UInt64(fillable.count)
      return Story(distance: fillable[Int(random.next() % longest)], random: &random)
    }
    let known = Set(learned.map(\.words))
    questions = Story.distances.map { distance in
      var stories: [Story] = []
      while stories.count < count {
        let story = Story(distance: distance, random: &random)
        if !known.contains(story.words) { stories.append(story) }
      }
      return (distance, stories)
    }
    let words = learned.flatMap(\.line)
    let vocabulary = Vocabulary(words: Set(words).subtracting(["<eos>"]).sorted())
    codec = TextCodec(tokenizer: Tokenizer(kind: .whitespace), vocabulary: vocabulary)
    tokens = codec.encode(words.joined(separator: " "))
  }

  /// The share of questions that a model answers right, by distance: the most likely next word is the name.
  func accuracy(of model: some LanguageModel, team: ThreadTeam) -> [Double] {
    questions.map { _, stories in
      let right = stride(from: 0, to: stories.count, by: 100).reduce(0) { right, first in
        right + answered(stories[first..<min(first + 100, stories.count)], model, team)
      }
      return Double(right) / Double(stories.count)
    }
  }

  /// How many of some stories of one length get the right answer.
  private func answered(
    _ stories: ArraySlice<Story>, _ model: some LanguageModel, _ team: ThreadTeam
  ) -> Int {
    let texts = stories.map { story in
      [codec.vocabulary.endOfSentence] + codec.encode(story.words.joined(separator: " "))
    }
    var state = model.initialState(batchSize: texts.count)
    var next = Matrix(rows: 0, columns: 0)
    for step in texts[0].indices {
      next = model.advance(texts.map { $0[step] }, state: &state, team: team)
    }
    return zip(stories, next.rowArrays).count { story, scores in
      let best = scores.indices.max { scores[$0] < scores[$1] }
      return best == codec.encode(story.answer)[0]
    }
  }
}

extension Matrix {
  fileprivate var rowArrays: [[Float]] {
    (0..<rows).map { row in (0..<columns).map { self[row, $0] } }
  }
}
