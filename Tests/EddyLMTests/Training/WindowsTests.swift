import EddyLM
import Testing

@Suite("windows of truncated back-propagation through time")
struct WindowsTests {
  @Test("the book's figure: 1000 words, two streams, wrap included")
  func twoStreams() {
    // 1000 inputs, each with the next word as its target.
    let tokens = Array(0...1000)
    let windows = Windows(tokenCount: tokens.count, batchSize: 2, length: 10)
    #expect(windows.perEpoch == 50)
    var (inputs, targets): ([Int], [Int]) = ([], [])

    windows.read(0, from: 0, of: tokens, inputs: &inputs, targets: &targets)
    #expect(inputs == (0..<10).flatMap { [$0, 500 + $0] })
    #expect(targets == (1...10).flatMap { [$0, 500 + $0] })

    windows.read(1, from: 10, of: tokens, inputs: &inputs, targets: &targets)
    #expect(inputs == (10..<20).flatMap { [$0, 500 + $0] })

    windows.read(49, from: 490, of: tokens, inputs: &inputs, targets: &targets)
    #expect(inputs == (490..<500).flatMap { [$0, 500 + $0] })
    #expect(targets[19] == 1000)

    // The second stream has reached the end of the text and goes on at its beginning.
    windows.read(50, from: 500, of: tokens, inputs: &inputs, targets: &targets)
    #expect(inputs == (0..<10).flatMap { [500 + $0, $0] })
  }

  @Test("the clock runs through epochs, and every position is taken modulo the inputs")
  func clock() {
    let windows = Windows(tokenCount: 24, batchSize: 3, length: 2)
    #expect(windows.perEpoch == 3)
    for window in 0..<40 {
      for step in 0..<2 {
        for stream in 0..<3 {
          #expect(
            windows.position(step: window * windows.length + step, stream: stream)
              == (stream * 7 + window * 2 + step) % 23)
        }
      }
    }
  }

  @Test("a text too short for one window stops the program")
  func tooShort() async {
    await #expect(processExitsWith: .failure) {
      _ = Windows(tokenCount: 20, batchSize: 4, length: 5)
    }
  }

  @Test("windows of random length follow each other without a gap, around the length asked for")
  func randomLengths() {
    let tokens = Array(0..<100_000)
    let windows = Windows(
      tokenCount: tokens.count, batchSize: 2, length: 40, randomSeed: 5)
    var (inputs, targets): ([Int], [Int]) = ([], [])
    var (read, lengths): ([Int], [Int]) = ([], [])
    for window in 0..<500 {
      let first = windows.steps(before: window)
      #expect(first == read.count)
      windows.read(window, from: first, of: tokens, inputs: &inputs, targets: &targets)
      #expect(targets == inputs.map { $0 + 1 })
      lengths.append(inputs.count / 2)
      for row in stride(from: 0, to: inputs.count, by: 2) { read.append(inputs[row]) }
    }
    #expect(read == Array(0..<read.count))
    #expect(lengths.allSatisfy { (5...60).contains($0) })
    let mean = Double(lengths.reduce(0, +)) / 500
    #expect(abs(mean - 39) < 1)
    let squares = lengths.filter { $0 > 30 }.map { ($0 - 40) * ($0 - 40) }
    let deviation = (Double(squares.reduce(0, +)) / Double(squares.count)).squareRoot()
    #expect(abs(deviation - 4.7) < 0.7)
    let short = lengths.count { $0 < 30 }
    #expect(short > 10 && short < 60)
  }
}
