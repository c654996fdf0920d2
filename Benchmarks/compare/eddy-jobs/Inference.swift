import ArgumentParser
import EddyFiles
import EddyLM
import EddyNN

/// A job of the model in the folder.
protocol ModelJob: ParsableCommand {
  var folder: JobFolder { get }
  var measurement: MeasurementArguments { get }
  var variant: VariantArguments { get }

  func run(_ model: some LanguageModel, team: ThreadTeam) throws
}

extension ModelJob {
  func run() throws {
    let team = measurement.team
    try run(try variant.model(folder, team: team), team: team)
  }
}

/// Reads a text as one stream; gives its perplexity.
struct Evaluate: ModelJob {
  @OptionGroup var folder: JobFolder
  @OptionGroup var measurement: MeasurementArguments
  @OptionGroup var variant: VariantArguments

  func run(_ model: some LanguageModel, team: ThreadTeam) throws {
    let tokens = try folder.tokens("test.tokens")
    let evaluator = Evaluator(model, team: team)
    func perplexity(_ tokens: [Int]) throws -> JSON {
      .number(
        try evaluator.evaluate(tokens, size: TextSize(characters: 0, bytes: 0)).perplexity)
    }
    try measurement.run(
      warmingUp: { try perplexity(Array(tokens.prefix(tokens.count / 10))) },
      step: { try perplexity(tokens) })
  }
}

/// Scores sentences; gives the sum of their log-probabilities.
struct Score: ModelJob {
  @OptionGroup var folder: JobFolder
  @OptionGroup var measurement: MeasurementArguments
  @OptionGroup var variant: VariantArguments

  func run(_ model: some LanguageModel, team: ThreadTeam) throws {
    let sentences = try folder.sentences("sentences.txt")
    let scorer = SentenceScorer(model, team: team)
    func sum(_ sentences: [String]) -> JSON {
      .number(scorer.score(sentences).reduce(0) { $0 + $1.logProbability })
    }
    measurement.run(
      warmingUp: { sum(Array(sentences.prefix(sentences.count / 20))) },
      step: { sum(sentences) })
  }
}

/// Ranks lists of candidates; gives the sum of all their log-probabilities.
struct Rank: ModelJob {
  @OptionGroup var folder: JobFolder
  @OptionGroup var measurement: MeasurementArguments
  @OptionGroup var variant: VariantArguments

  @Option(help: "The file of the lists, in the folder.")
  var lists: String

  func run(_ model: some LanguageModel, team: ThreadTeam) throws {
    let texts = try folder.sentences(lists)
    let lists = stride(from: 0, to: texts.count, by: Prepare.candidates).map { start in
      (0..<Prepare.candidates).map { Candidate(id: "\($0)", text: texts[start + $0]) }
    }
    let ranker = Ranker(SentenceScorer(model, team: team), options: try RankingOptions())
    func sum(_ lists: [[Candidate]]) throws -> JSON {
      var rest = lists[...]
      var sum = 0.0
      let add = { (ranking: Ranking) in
        for candidate in ranking.candidates { sum += candidate.sentence.logProbability }
      }
      try ranker.rank({ rest.popFirst() }, body: add)
      return .number(sum)
    }
    try measurement.run(
      warmingUp: { try sum(Array(lists.prefix(lists.count / 4))) }, step: { try sum(lists) })
  }
}

/// Writes one text, always the most likely token; gives the tokens.
struct Generate: ModelJob {
  @OptionGroup var folder: JobFolder
  @OptionGroup var measurement: MeasurementArguments
  @OptionGroup var variant: VariantArguments

  @Option(help: "The tokens to write.")
  var length: Int

  func run(_ model: some LanguageModel, team: ThreadTeam) throws {
    let generator = TextGenerator(model, team: team)
    func tokens(_ count: Int) throws -> JSON {
      let options = try SamplingOptions(
        temperature: 0, maximumTokens: count, allowsUnknown: true)
      let texts = try generator.generate(prompt: "", options: options)
      return .array(texts[0].tokens.map { .integer(Int64($0)) })
    }
    try measurement.run(
      warmingUp: { try tokens(max(length / 10, 1)) }, step: { try tokens(length) })
  }
}
