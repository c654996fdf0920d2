import EddyFiles
import EddyLM

/// Writes how surprising each token of a text was: an object each, a line each, or the text in colours.
struct SurprisalPrinter {
  private enum Form { case objects, lines, colours }

  /// From pale yellow to dark red, each darker than the one before, by their numbers among the 256 colours of a terminal, and
  /// the text's on each: black or white.
  private static let colours = [
    (230, 16), (229, 16), (222, 16), (215, 16), (208, 16), (202, 16), (160, 231), (88, 231),
  ]
  private static let reset = "\u{1B}[0m"

  private let form: Form
  private var spans = SurprisalSpans()

  init(json: Bool) { form = json ? .objects : Console.showsColours ? .colours : .lines }

  /// Writes the next tokens.
  mutating func print(_ words: [EvaluatedWord]) {
    let pieces: [String] =
      switch form {
      case .objects: words.map { $0.json.serialized + "\n" }
      case .lines:
        words.map {
          "\($0.surprisal.fixed(4))\t\($0.word.visible)\($0.isUnknown ? "\tunknown" : "")\n"
        }
      case .colours: spans.add(words).map(Self.coloured)
      }
    Console.printPiece(pieces.joined())
  }

  /// Ends the text, after which other results may come.
  mutating func finish() {
    switch form {
    case .objects: break
    case .lines: Console.print("")
    case .colours:
      let steps = SurprisalScale.labels.enumerated().map { step, label in
        Self.painted(" \(label) ", step: step)
      }
      Console.print(
        (spans.finish().map(Self.coloured) ?? "") + "\nbits: " + steps.joined()
          + "  \u{1B}[4munknown word\(Self.reset)\n")
    }
  }

  private static func coloured(_ span: SurprisalSpan) -> String {
    let step = SurprisalScale.step(of: span.surprisal)
    let lines = span.lines.map {
      $0.isEmpty ? "" : painted($0, step: step, isUnderlined: span.isUnknown)
    }
    // What a terminal fills a new line with when it scrolls in the middle of a word is cleared.
    return (span.followsSpace ? " " : "") + lines.joined(separator: "\u{1B}[K\n")
  }

  private static func painted(_ text: String, step: Int, isUnderlined: Bool = false) -> String {
    let (background, foreground) = colours[step]
    return "\u{1B}[\(isUnderlined ? "4;" : "")38;5;\(foreground);48;5;\(background)m\(text)\(reset)"
  }
}
