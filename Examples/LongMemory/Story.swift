import EddyNN

/// «One cold morning Mary came into the room and saw Tom. … Mary said hi to ___»: who it is stands before as many words as
/// one likes.
///
/// After the book's «Tom was watching TV in his room. Mary came into the room. Mary said hi to ___» (Saito, «Deep Learning from
/// Scratch 2», section 5.1.3).
struct Story {
  static let names = ["Anna", "Ben", "Clara", "David", "Emma", "Frank", "Mary", "Tom"]
  static let distances = [0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]

  /// All words up to the question's gap.
  let words: [String]
  /// The name that belongs there.
  let answer: String

  /// A story with so many words between the sentence that says who it is and the question.
  ///
  /// - Precondition: ``canFill(_:)``
  init(distance: Int, random: inout PhiloxSequence) {
    let speaker = Self.names.pick(&random)
    answer = Self.names.filter { $0 != speaker }.pick(&random)
    // All of one length, so that stories of one distance go side by side.
    let meeting = [
      "came into the room and saw", "opened the door and it was", "sat in the garden next to",
    ].pick(&random)
    var text =
      "one \(Self.adjectives.pick(&random)) \(Self.times.pick(&random)) \(speaker) \(meeting) \(answer) ."
    var rest = distance
    while rest > 0 {
      let lengths = [5, 6, 7].filter { Self.canFill(rest - $0) }
      let length = lengths.pick(&random)
      text += " " + Self.sentence(length, &random)
      rest -= length
    }
    words = (text + " \(speaker) said hi to").split(separator: " ").map(String.init)
  }

  /// Whether sentences of 5, 6 and 7 words can make up so many.
  static func canFill(_ words: Int) -> Bool {
    words == 0 || words >= 5 && ![8, 9].contains(words)
  }

  /// What a network learns from.
  var line: [String] { words + [answer, ".", "<eos>"] }

  private static func sentence(_ length: Int, _ random: inout PhiloxSequence) -> String {
    let noun = nouns.pick(&random)
    return switch length {
    case 5: "the \(noun) was \(adjectives.pick(&random)) ."
    case 6: "every \(noun) in town \(verbs.pick(&random)) ."
    default: "a \(adjectives.pick(&random)) \(noun) \(verbs.pick(&random)) at night ."
    }
  }

  private static let adjectives = [
    "cold", "grey", "long", "loud", "old", "quiet", "red", "small", "strange", "warm",
  ]
  private static let times = ["morning", "evening", "Monday", "Sunday", "winter", "summer"]
  private static let nouns = [
    "bell", "boat", "cat", "clock", "dog", "gull", "house", "lamp", "river", "road", "train",
    "tree",
  ]
  private static let verbs = ["fell", "moved", "slept", "sang", "stood", "turned", "waited"]
}

extension Array {
  fileprivate func pick(_ random: inout PhiloxSequence) -> Element {
    self[Int(random.next().multipliedFullWidth(by: UInt64(count)).high)]
  }
}
