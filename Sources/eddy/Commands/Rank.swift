import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN
import SystemPackage

struct Rank: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Order candidates, the most likely first.",
    discussion: """
      Reads one candidate a line, an empty line between two lists. With --tsv, columns separated by \
      tabs: 'list' and 'id' (at least one of them), other scores by any name, 'text' last; the first \
      line names them, unless --columns does. With --jsonl, an object a line: {"list": …, "id": …, \
      "text": …, "scores": {…}}.

      score = --lm-weight · log P + Σ --weight · other score + --word-bonus · words

      log P is natural here; --log-base is for the log-probabilities beside it. The margin is how far a score lies below \
      the best of its list, the confidence its share of the list: the softmax of the scores.
      """)

  @OptionGroup var model: ModelArgument

  @Argument(help: "A file of candidates; '-' is standard input.")
  var file = "-"

  @Flag(help: "The file is a table, its columns separated by tabs.")
  var tsv = false

  @Flag(help: "The file is JSON Lines.")
  var jsonl = false

  @Option(help: "With --tsv: the names of the columns, such as list,id,acoustic,text.")
  var columns: String?

  @Option(
    parsing: .unconditional,
    help: "The weight of the language model's natural log-probability.")
  var lmWeight = 1.0

  @Option(help: "The weight of another score, such as acoustic=0.5; may be given more than once.")
  var weight: [NamedWeight] = []

  @Option(parsing: .unconditional, help: "Added for each word of a candidate; may be negative.")
  var wordBonus = 0.0

  @Option(help: "Divide log P by the number of tokens, characters or bytes.")
  var normalize = Normalisation.none

  @Flag(
    help: "The lists are one text: each is ranked after the best candidates of those before it.")
  var document = false

  @Flag(help: "Write the log-probability of each word, too.")
  var words = false

  @OptionGroup var base: LogBaseArgument
  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func validate() throws {
    guard !(tsv && jsonl) else { throw ValidationError("--tsv and --jsonl exclude each other.") }
    guard columns == nil || tsv else { throw ValidationError("--columns needs --tsv.") }
    let names = weight.map(\.name)
    guard Set(names).count == names.count else {
      throw ValidationError("--weight names a score twice.")
    }
    _ = try options
  }

  private var options: RankingOptions {
    get throws {
      do {
        return try RankingOptions(
          languageModelWeight: lmWeight,
          weights: Dictionary(uniqueKeysWithValues: weight.map { ($0.name, $0.value) }),
          wordBonus: wordBonus, normalisation: normalize)
      } catch { throw ValidationError(error.description) }
    }
  }

  private var format: CandidateFormat {
    if jsonl { return .jsonLines }
    guard tsv else { return .lines }
    return .tabSeparated(
      columns: columns?.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
  }

  func run() throws {
    Interrupt.endAtOnce()
    try rank(with: model.load(threads))
  }

  private func rank(with model: some LanguageModel) throws {
    let name = file == "-" ? "standard input" : file
    var lines = try Lines(path: file)
    var reader = try CandidateReader(format, file: name)
    let ranker = Ranker(
      SentenceScorer(model, team: threads.team), options: try options,
      candidatesAtOnce: Lines.areTyped(file) ? 1 : 1024)
    var isFirst = true
    do {
      func next() throws -> [Candidate]? { try reader.next { try lines.nextBytes() } }
      func report(_ ranking: Ranking) {
        if out.json { return Console.print(ranking.json(logBase: base.logBase).serialized) }
        if !isFirst { Console.print("") }
        isFirst = false
        show(ranking)
      }
      if document {
        try ranker.rankDocument(next, words: words, body: report)
      } else {
        try ranker.rank(next, words: words, body: report)
      }
    } catch let error as RankingError {
      throw FileError(path: FilePath(name), reason: error.description)
    }
  }

  private func show(_ ranking: Ranking) {
    Console.print("list \(ranking.list)")
    Console.print("rank\tid\tscore\tmargin\tconfidence\ttext")
    for (index, ranked) in ranking.candidates.enumerated() {
      let unknown = ranked.sentence.unknownTokens
      Console.print(
        "\(index + 1)\t\(ranked.candidate.id)\t\(ranked.score.fixed(3))\t"
          + "\(ranked.marginToBest.fixed(3))\t\(ranked.confidence.fixed(4))\t"
          + ranked.candidate.text.visible + (unknown > 0 ? "\t(unknown words: \(unknown))" : ""))
      for word in ranked.sentence.words ?? [] {
        let value = base.logBase.value(ofNatural: word.logProbability)
        Console.print(
          "\t\(value.fixed(4))\t\(word.word.visible)\(word.isUnknown ? " (unknown)" : "")")
      }
    }
  }
}

/// A weight such as `acoustic=0.5`.
struct NamedWeight: ExpressibleByArgument {
  let name: String
  let value: Double

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let value = Double(parts[1]), value.isFinite else {
      return nil
    }
    name = String(parts[0])
    self.value = value
  }
}
