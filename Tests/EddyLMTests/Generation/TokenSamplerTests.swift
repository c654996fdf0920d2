import EddyLM
import EddyNN
import Testing

struct TokenSamplerTests {
  /// Probabilities 0.4, 0.3, 0.2, 0.06, 0.04 of the ids 0 … 4.
  static let probabilities = [0.4, 0.3, 0.2, 0.06, 0.04]

  func draw(
    _ count: Int, _ options: SamplingOptions, excluded: [Int] = [], recent: [Int] = [],
    probabilities: [Double] = Self.probabilities
  ) -> [Int?] {
    var sampler = TokenSampler(options: options, sample: 0)
    let logs = probabilities.map { Float(PortableMath.log($0)) }
    return (0..<count).map { _ in sampler.next(from: logs.span, recent: recent, excluded: excluded)
    }
  }

  func support(
    _ options: SamplingOptions, excluded: [Int] = [], recent: [Int] = [],
    probabilities: [Double] = Self.probabilities
  ) -> Set<Int?> {
    Set(
      draw(3000, options, excluded: excluded, recent: recent, probabilities: probabilities))
  }

  @Test("draws follow the distribution, sharpened or flattened by the temperature")
  func frequencies() throws {
    for temperature in [0.5, 1, 2] {
      let draws = draw(20_000, try SamplingOptions(temperature: temperature))
      let weights = Self.probabilities.map { PortableMath.exp(PortableMath.log($0) / temperature) }
      for (id, weight) in weights.enumerated() {
        let expected = weight / weights.reduce(0, +)
        let found = Double(draws.count { $0 == id }) / 20_000
        // Five standard deviations of a count.
        #expect(abs(found - expected) < 5 * (expected / 20_000).squareRoot())
      }
    }
  }

  @Test("temperature 0, and the smallest there is, take the most likely; ties the smaller id")
  func greedy() throws {
    for temperature in [0, .leastNonzeroMagnitude, 1e-300, 1e-6] {
      let options = try SamplingOptions(temperature: temperature)
      #expect(Set(draw(50, options)) == [0])
      #expect(Set(draw(50, options, excluded: [0])) == [1])
    }
    #expect(
      Set(draw(9, try SamplingOptions(temperature: 0), probabilities: [0.2, 0.4, 0.4])) == [1])
  }

  @Test("top-k, top-p and min-p leave what they should")
  func filters() throws {
    #expect(support(try SamplingOptions()) == [0, 1, 2, 3, 4])
    #expect(support(try SamplingOptions(topK: 2)) == [0, 1])
    #expect(support(try SamplingOptions(topK: 5)) == [0, 1, 2, 3, 4])
    #expect(support(try SamplingOptions(topK: 2_000_000_000)) == [0, 1, 2, 3, 4])
    #expect(support(try SamplingOptions(topP: 0.5)) == [0, 1])
    #expect(support(try SamplingOptions(topP: 0.89)) == [0, 1, 2])
    #expect(support(try SamplingOptions(topP: 1e-300)) == [0])
    #expect(support(try SamplingOptions(minP: 0.6)) == [0, 1])
    #expect(support(try SamplingOptions(minP: 1)) == [0])
    #expect(support(try SamplingOptions(topK: 3, topP: 0.7)) == [0, 1])
    #expect(support(try SamplingOptions(topK: 2), excluded: [0]) == [1, 2])
    let tied = [0.25, 0.25, 0.25, 0.25]
    #expect(support(try SamplingOptions(topK: 2), probabilities: tied) == [0, 1])
    #expect(support(try SamplingOptions(topP: 0.4), probabilities: tied) == [0, 1])
  }

  @Test("the repetition penalty sees the window, and no further")
  func repetition() throws {
    let options = try SamplingOptions(
      temperature: 0, repetitionPenalty: 3, repetitionWindow: 2)
    #expect(draw(1, options, recent: [0]) == [1])
    #expect(draw(1, options, recent: [0, 3, 4]) == [0])
    #expect(draw(1, options, recent: [4, 0, 1]) == [2])
  }

  @Test("impossible tokens, and numbers that are none, are never drawn")
  func impossible() throws {
    let options = try SamplingOptions(topP: 0.99)
    #expect(support(options, probabilities: [0, 0.5, .nan, 0.5]) == [1, 3])
    #expect(draw(2, options, excluded: [0], probabilities: [1]) == [nil, nil])
    #expect(draw(2, options, probabilities: [.nan, 0]) == [nil, nil])
    #expect(draw(1, options, probabilities: []) == [nil])
  }

  @Test("weights are exponentials")
  func exponentials() {
    #expect(TokenSampler.exponential(0) == 1)
    #expect(TokenSampler.exponential(-.infinity) == 0)
    #expect(TokenSampler.exponential(-701) == 0)
    for step in 0...7000 {
      let x = -Double(step) / 10.007
      let expected = PortableMath.exp(x)
      #expect(abs(TokenSampler.exponential(x) - expected) <= 1e-13 * expected)
    }
  }

  @Test("the first elements, without sorting the rest")
  func first() {
    var random = PhiloxSequence(seed: 5, purpose: .sampling)
    let numbers = (0..<200).map { _ in Int(random.next() % 1000) }
    for count in [0, 1, 2, 3, 17, 199, 200] {
      #expect(numbers.first(count, by: <) == Array(numbers.sorted().prefix(count)))
    }
  }

  @Test("options out of range are refused, with a sentence")
  func badOptions() {
    func refusal(_ make: () throws -> SamplingOptions) -> String {
      do {
        _ = try make()
        return "accepted"
      } catch { return "\(error)" }
    }
    for temperature in [Double.nan, -1, 1e308, .infinity] {
      #expect(
        refusal { try SamplingOptions(temperature: temperature) }
          == "The temperature must be 0 to 100, not \(temperature).")
    }
    #expect(
      refusal { try SamplingOptions(topK: -1) } == "The top-k must be 0 to 2147483647, not -1.")
    for topP in [0, 1.5, .nan, -0.5] {
      #expect(
        refusal { try SamplingOptions(topP: topP) }
          == "The top-p must be above 0, at most 1, not \(topP).")
    }
    #expect(refusal { try SamplingOptions(minP: .nan) } == "The min-p must be 0 to 1, not nan.")
    #expect(
      refusal { try SamplingOptions(repetitionPenalty: 0) }
        == "The repetition penalty must be above 0, at most 10, not 0.0.")
    #expect(
      refusal { try SamplingOptions(repetitionWindow: .max) }
        == "The repetition window must be 0 to 4096, not 9223372036854775807.")
    #expect(
      refusal { try SamplingOptions(maximumTokens: .max) }
        == "The maximum of tokens must be 1 to 10000000, not 9223372036854775807.")
    #expect(
      refusal { try SamplingOptions(maximumTokens: 0) }
        == "The maximum of tokens must be 1 to 10000000, not 0.")
    #expect(
      refusal { try SamplingOptions(count: 1_000_000_000) }
        == "The number of samples must be 1 to 1024, not 1000000000.")
    #expect(
      refusal { try SamplingOptions(stopStrings: ["a", ""]) } == "A stop string must not be empty.")
    #expect(
      refusal { try SamplingOptions(stopStrings: Array(repeating: "a", count: 1_000_000)) }
        == "There may be at most 16 stop strings, not 1000000.")
    #expect(
      refusal { try SamplingOptions(stopStrings: [String(repeating: "é", count: 129)]) }
        == "A stop string may have at most 256 bytes, not 258.")
  }
}
