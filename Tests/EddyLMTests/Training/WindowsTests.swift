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

    windows.read(0, of: tokens, inputs: &inputs, targets: &targets)
    #expect(inputs == (0..<10).flatMap { [$0, 500 + $0] })
    #expect(targets == (1...10).flatMap { [$0, 500 + $0] })

    windows.read(1, of: tokens, inputs: &inputs, targets: &targets)
    #expect(inputs == (10..<20).flatMap { [$0, 500 + $0] })

    windows.read(49, of: tokens, inputs: &inputs, targets: &targets)
    #expect(inputs == (490..<500).flatMap { [$0, 500 + $0] })
    #expect(targets[19] == 1000)

    // The second stream has reached the end of the text and goes on at its beginning.
    windows.read(50, of: tokens, inputs: &inputs, targets: &targets)
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
            windows.position(window: window, step: step, stream: stream)
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
}
