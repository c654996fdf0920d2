public import EddyFiles
import EddyNN
public import SystemPackage

/// A web page that shows how surprising each token of a text was, by colours: one file that needs no other.
///
/// What is shown is the text as the model read it: normalised, and lower-cased where the model wants that. Nothing of it
/// is kept in memory.
public struct SurprisalPage: Sendable {
  /// Room for what is known only at the end, in bytes.
  private static let summarySize = 512

  private var spans = SurprisalSpans()
  private var isInLine = false
  /// Where the summary comes.
  private let summary: Int

  /// Refuses a path where there is something already.
  ///
  /// - Throws: `FileError`
  public static func requireNew(_ path: FilePath) throws(FileError) {
    try ModelFile.requireNew(path, "a page is written into a new file")
  }

  /// Begins a page.
  ///
  /// - Parameters:
  ///   - model: The model's name.
  ///   - texts: The names of the texts.
  ///   - file: Empty; nobody else writes into it.
  /// - Throws: `FileError`
  public init(model: String, texts: [String], in file: inout FileWriter) throws(FileError) {
    let title = "Surprisal: \(model)".escapedForHTML
    try file.write(
      Array(
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title)</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <h1>\(title)</h1>
        <p>Text: \(texts.joined(separator: ", ").escapedForHTML)</p>

        """.utf8))
    summary = file.position
    try file.write([UInt8](repeating: UInt8(ascii: " "), count: Self.summarySize))
    try file.write(Array("\n\(Self.legend)\n<main lang=\"\">\n".utf8))
  }

  /// Adds the next tokens of the text.
  ///
  /// - Throws: `FileError`
  public mutating func add(
    _ words: [EvaluatedWord], to file: inout FileWriter
  ) throws(FileError) {
    try write(spans.add(words), to: &file)
  }

  /// Ends the page with what came of the whole text.
  ///
  /// - Throws: `FileError`
  public mutating func finish(
    _ evaluation: Evaluation, in file: inout FileWriter
  ) throws(FileError) {
    if let rest = spans.finish() { try write([rest], to: &file) }
    try file.write(Array(((isInLine ? "</p>\n" : "") + "</main>\n</body>\n</html>\n").utf8))
    try file.patch(Array(Self.summary(evaluation).utf8.prefix(Self.summarySize)), at: summary)
  }

  private mutating func write(
    _ spans: [SurprisalSpan], to file: inout FileWriter
  ) throws(FileError) {
    try file.write(Array(spans.reduce(into: "") { $0 += html($1) }.utf8))
  }

  private mutating func html(_ span: SurprisalSpan) -> String {
    let begin = (isInLine ? "" : "<p dir=\"auto\">") + (span.followsSpace ? " " : "")
    let endsLine = span.lines.count > 1 && span.lines.last == ""
    let text = span.lines.dropLast(endsLine ? 1 : 0).joined(separator: "\n").escapedForHTML
    let step = SurprisalScale.step(of: span.surprisal)
    isInLine = !endsLine
    return begin
      + "<span class=\"s\(step)\(span.isUnknown ? " u" : "")\" title=\"\(Self.remark(span))\">\(text)</span>"
      + (endsLine ? "</p>\n" : "")
  }

  private static func remark(_ span: SurprisalSpan) -> String {
    let probability = PortableMath.exp(-LogBase.two.natural(of: span.surprisal))
    // Three digits, but at most 15 decimals: log₁₀ 2 for each bit. A surprisal may be infinite or no number.
    let zeros = (0..<40).contains(span.surprisal) ? Int(span.surprisal * 0.301) : 12
    var remark = "\(span.surprisal.fixed(2)) bits, probability \(probability.fixed(3 + zeros))"
    if span.isUnknown { remark += ", unknown word" }
    if span.tokens > 1 { remark += ", \(span.tokens) tokens" }
    return remark
  }

  private static var legend: String {
    let steps = SurprisalScale.labels.enumerated().map { step, label in
      "<span class=\"s\(step)\">\(label)</span>"
    }
    return "<p class=\"legend\">Bits: " + steps.joined(separator: " ")
      + " <span class=\"u\">unknown word</span></p>"
  }

  private static func summary(_ evaluation: Evaluation) -> String {
    "<p>Perplexity: \(evaluation.perplexity.fixed(2)) per token, "
      + "\(evaluation.bitsPerToken.fixed(4)) bits on average, \(evaluation.tokens) tokens, "
      + "\(evaluation.unknownTokens) of them unknown</p>"
  }
}

extension SurprisalPage {
  /// Yellow to dark red on white, and dark violet to bright yellow on black: each step is darker, or brighter, than the one
  /// before, so that they are told apart without seeing colours.
  ///
  /// Sources: «YlOrRd» of Brewer, colorbrewer2.org; «inferno» of van der Walt & Smith, bids.github.io/colormap.
  private static let style = """
    :root {
      color-scheme: light dark; --page: #fff; --ink: #111;
      --0: #ffffe5; --1: #ffeda0; --2: #fed976; --3: #feb24c; --4: #fd8d3c; --5: #fc4e2a; --6: #d31121; --7: #800026;
      --low: #000; --middle: #000; --high: #fff;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #111; --ink: #ddd;
        --0: #1b1029; --1: #320a5e; --2: #57106e; --3: #89226a; --4: #bb3754; --5: #e35932; --6: #f98e09; --7: #fcde5a;
        --low: #fff; --middle: #000; --high: #000;
      }
    }
    body {
      margin: 2em auto; padding: 0 1em; max-width: 50em; background: var(--page); color: var(--ink);
      font-family: system-ui, sans-serif; line-height: 1.6; print-color-adjust: exact;
    }
    main p { margin: 0.3em 0; white-space: pre-wrap; overflow-wrap: anywhere; }
    .legend { position: sticky; top: 0; padding: 0.5em 0; background: var(--page); }
    .s0 { background: var(--0); } .s1 { background: var(--1); } .s2 { background: var(--2); } .s3 { background: var(--3); }
    .s4 { background: var(--4); } .s5 { background: var(--5); } .s6 { background: var(--6); } .s7 { background: var(--7); }
    .s0, .s1, .s2, .s3, .s4 { color: var(--low); } .s5 { color: var(--middle); } .s6, .s7 { color: var(--high); }
    .u { text-decoration: underline; }
    """
}

extension String {
  /// The text as it may stand in an element or a quoted attribute.
  var escapedForHTML: String {
    unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
