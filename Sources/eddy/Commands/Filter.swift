import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN

struct Filter: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Keep the lines whose perplexity per token is below or above a threshold.")

  @OptionGroup var model: ModelArgument

  @Argument(help: "A text, one sentence a line; '-' is standard input.")
  var file = "-"

  @Option(help: "Keep lines of a lower perplexity than this.")
  var keepBelow: Double?

  @Option(help: "Keep lines of a higher perplexity than this.")
  var keepAbove: Double?

  @OptionGroup var threads: ThreadArguments
  @OptionGroup var out: OutputArguments

  func validate() throws { _ = try filter }

  private var filter: PerplexityFilter {
    get throws {
      do { return try PerplexityFilter(below: keepBelow, above: keepAbove) } catch {
        throw ValidationError(error.description)
      }
    }
  }

  func run() throws {
    Interrupt.endAtOnce()
    let (read, kept) = try filter(with: model.load(threads))
    Console.note("Kept \(kept) of \(read) lines.")
  }

  private func filter(with model: some LanguageModel) throws -> (read: Int, kept: Int) {
    var lines = try Lines(path: file)
    let scorer = SentenceScorer(
      model, team: threads.team, sentencesAtOnce: Lines.areTyped(file) ? 1 : 4096)
    return try filter.filter(
      { try lines.next() }, with: scorer,
      body: { line, score in
        let object: JSON = ["text": .string(line), "perplexity": .number(score.perplexity)]
        Console.print(out.json ? object.serialized : line)
      })
  }
}
