import EddyFiles
import EddyLM
import EddyNN
import SystemPackage
import Testing

@Suite("ARPA files")
struct ARPATests {
  @Test("a model goes to a file and back with the same probabilities", arguments: 2...5)
  func roundTrip(order: Int) throws {
    let folder = try TextFolder()
    let path = folder.path.appending("model.arpa")
    let model = try KneserNeyTests.model(order: order)
    try ARPAWriter.write(model, to: path)
    let read = try ARPAReader.read(path)
    #expect(read.counts == model.counts)
    #expect(
      read.codec == model.codec || read.codec.vocabulary.count == model.codec.vocabulary.count)
    for history in KneserNeyTests.histories {
      var (state, readState) = (
        model.initialState(batchSize: 1), read.initialState(batchSize: 1)
      )
      var (next, readNext) = (Matrix(rows: 1, columns: 1), Matrix(rows: 1, columns: 1))
      for token in history {
        next = model.advance([token], state: &state, team: .serial)
        readNext = read.advance([token], state: &readState, team: .serial)
      }
      for word in 0..<model.codec.vocabulary.count {
        #expect(abs(next[0, word] - readNext[0, word]) < 1e-5)
      }
    }
  }

  /// A bigram model of «a b» as other programs may write it.
  private static let small = """
    some remark

    \\data\\
    ngram 1=5
    ngram 2 = 3

    \\1-grams:
    -2.0\t<unk>\t0
    -99\t<s>\t-0.5
    -0.6\t</s>
    -0.4\ta\t-0.25
    -0.5\tb

    \\2-grams:
    -0.1 b </s>
    -0.2\t<s> a
    -0.3\ta b

    \\end\\
    """

  @Test("a file of another program is read, its numbers mean what they mean there")
  func foreign() throws {
    let folder = try TextFolder()
    let model = try ARPAReader.read(folder.file(Self.small))
    #expect(model.order == 2 && model.counts == [4, 3])
    let scorer = SentenceScorer(model)
    // <s> a: −0.2; a b: −0.3; b </s>: −0.1
    let known = scorer.score("a b")
    #expect(abs(LogBase.ten.value(ofNatural: known.logProbability) - -0.6) < 1e-6)
    // <s> b: backoff −0.5 and −0.5; b a: backoff 0 and −0.4; a </s>: −0.25 and −0.6
    let other = scorer.score("b a")
    #expect(abs(LogBase.ten.value(ofNatural: other.logProbability) - -2.25) < 1e-6)
    // <s> c: −0.5 and −2; then the unigram of </s>.
    let unknown = scorer.score("c")
    #expect(abs(LogBase.ten.value(ofNatural: unknown.logProbability) - -3.1) < 1e-6)
    #expect(unknown.unknownTokens == 1)
  }

  @Test(
    "what is wrong is said with the line",
    arguments: [
      ("\\data\\", "", "\\data\\' is missing"),
      ("ngram 1=5", "ngram 1=five", "line 4: 'ngram LENGTH=COUNT' was needed"),
      ("ngram 2 = 3", "ngram 3 = 3", "line 5: 'ngram LENGTH=COUNT' was needed"),
      ("ngram 2 = 3\n", "", "n-grams of up to 1 words"),
      ("ngram 2 = 3", "ngram 2 = 4", "3 n-grams of length 2; \\data\\ promises 4"),
      ("ngram 1=5", "ngram 1=99999999999", "5 n-grams of length 1"),
      ("\\1-grams:", "\\one-grams:", "line 7: '\\1-grams:' was needed"),
      ("\\2-grams:", "\\3-grams:", "'\\2-grams:' was needed"),
      ("-0.4\ta", "0.4\ta", "line 11: a finite number was needed"),
      ("-0.4\ta", "nan\ta", "a finite number was needed"),
      ("-0.4\ta", "-0,4\ta", "a finite number was needed"),
      ("-0.4\ta\t-0.25", "-0.4", "a number, 1 words"),
      ("-0.3\ta b", "-0.3\ta b\t-0.1", "a number, 2 words"),
      ("-0.3\ta b", "-0.3\ta c", "is not among the 1-grams"),
      ("-0.3\ta b", "-0.3\ta <s>", "stands only in front"),
      ("-0.3\ta b", "-0.3\t</s> b", "stands only in front"),
      ("-0.3\ta b", "-0.2\t<s> a", "stands there twice"),
      ("-0.5\tb", "-0.5\ta", "line 12: 'a' stands there twice"),
      ("-0.6\t</s>", "-0.6\tc", "1-gram </s> is missing"),
      ("\\end\\", "", "'\\end\\' is missing"),
    ])
  func refused(_ part: String, _ replacement: String, _ sentence: String) throws {
    let folder = try TextFolder()
    let text = Self.small.replacing(part, with: replacement, maxReplacements: 1)
    #expect(text != Self.small)
    do {
      _ = try ARPAReader.read(folder.file(text))
      Issue.record("Accepted without '\(part)'.")
    } catch let error as ARPAError {
      #expect(error.description.contains(sentence), "\(error)")
    }
  }

  @Test("an n-gram whose history is missing is refused")
  func noHistory() throws {
    let folder = try TextFolder()
    let text = Self.small.replacing("ngram 2 = 3\n", with: "ngram 2 = 3\nngram 3=1\n")
      .replacing("\\end\\", with: "\\3-grams:\n-0.1\tb a b\n\n\\end\\")
    do {
      _ = try ARPAReader.read(folder.file(text))
      Issue.record("Accepted.")
    } catch let error as ARPAError {
      #expect(error.problem == .noHistory("b a b"))
    }
  }

  @Test("tokens with white space cannot be written")
  func whiteSpace() throws {
    let folder = try TextFolder()
    let model = try NGramModel(estimatedFrom: [3, 2, 4, 1], order: 2, codec: .characters)
    let path = folder.path.appending("model.arpa")
    #expect(throws: ARPAError.self) { try ARPAWriter.write(model, to: path) }
    #expect(try folder.names.isEmpty)
  }

  @Test("a file cut off anywhere is refused in a sentence, or holds all that matters")
  func truncated() throws {
    let folder = try TextFolder()
    let bytes = Array(Self.small.utf8)
    for count in 0..<bytes.count - 1 {
      #expect(throws: (any Error).self) {
        try ARPAReader.read(folder.file("cut", bytes.prefix(count)))
      }
    }
  }
}
