import EddyFiles
import Testing

@Suite("scores")
struct ScoringTests {
  private static let sentences =
    Fixture.sentences(70) + ["", "the", "zebra crossing", String(repeating: "the cat ", count: 90)]

  @Test(
    "each sentence alone, all in a batch, on any number of threads and any kernels: the same text",
    arguments: ["rnn", "lstm", "gru"])
  func batch(kind: String) throws {
    let model = try Fixture.model(kind)
    let all = Array((Self.sentences.joined(separator: "\n") + "\n").utf8)
    let reference = expectDone(
      try Program.run(["score", model, "--json", "--words", "--threads", "1"], input: all)
    ).output
    let lines = reference.split(separator: "\n").map(String.init)
    #expect(lines.count == Self.sentences.count)
    for threads in ["2", "3"] {
      let outcome = try Program.run(
        ["score", model, "--json", "--words", "--threads", threads], input: all)
      #expect(outcome.output == reference)
    }
    let slow = try Program.run(
      ["score", model, "--json", "--words"], input: all,
      environment: ["EDDY_KERNELS": "baseline"])
    #expect(slow.output == reference)
    for index in [0, 1, 69, 70, 71, 72, 73] {
      let alone = try Program.run(
        ["score", model, "--json", "--words"], input: Array((Self.sentences[index] + "\n").utf8))
      #expect(alone.output == lines[index] + "\n")
    }
  }

  @Test("evaluate is the same on any number of threads")
  func evaluation() throws {
    let outcomes = try ["1", "2", "3"].map { threads in
      try Program.run(
        ["evaluate", try Fixture.model(), "-", "--json", "--threads", threads],
        input: Array(Fixture.text.utf8)
      ).output
    }
    #expect(!outcomes[0].isEmpty)
    #expect(Set(outcomes).count == 1)
  }

  @Test("the words of a sentence add up to its score, in every base")
  func words() throws {
    for base in ["natural", "2", "10"] {
      let score = try Program.run(
        ["score", try Fixture.model(), "--json", "--words", "--log-base", base],
        input: Array("the cat sees the zebra\n".utf8)
      ).object()
      let words = try #require(score["words"]?.array)
      let sum = words.reduce(0) { $0 + ($1["log_probability"]?.number ?? .nan) }
      let whole = try #require(score["log_probability"]?.number)
      #expect(words.count == 6)
      #expect(abs(sum - whole) < 1e-9 * abs(whole))
    }
  }

  @Test("all suggestions together have the probability 1", arguments: ["rnn", "lstm", "gru"])
  func suggestions(kind: String) throws {
    let outcome = try Program.run(
      "suggest", try Fixture.model(kind), "--prompt", "the cat ", "--count", "1000000", "--json")
    let list = try expectDone(outcome).json().map { $0["probability"]?.number ?? .nan }
    #expect(list.count > 20)
    #expect(abs(list.reduce(0, +) - 1) < 1e-5)
    #expect(list == list.sorted(by: >))
  }

  @Test("filter keeps what score says is below the threshold")
  func filter() throws {
    let input = Array((Self.sentences.joined(separator: "\n") + "\n").utf8)
    let scores = try Program.run(["score", try Fixture.model(), "--json"], input: input).json()
    let perplexities = scores.compactMap { $0["perplexity"]?.number }.sorted()
    let threshold = perplexities[perplexities.count / 2]
    let kept = try Program.run(
      ["filter", try Fixture.model(), "--keep-below", "\(threshold)"], input: input)
    let expected = scores.filter { ($0["perplexity"]?.number ?? .nan) < threshold }
      .compactMap { $0["text"]?.string }
    #expect(!expected.isEmpty)
    #expect(expectDone(kept).output == expected.map { $0 + "\n" }.joined())
  }
}
