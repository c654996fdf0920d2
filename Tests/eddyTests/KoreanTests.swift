import EddyFiles
import Foundation
import Testing

@Suite("Korean text")
struct KoreanTests {
  /// Sentences of a small grammar, the same every time.
  private static func sentences(_ count: Int) -> [String] {
    let whos = ["고양이가", "강아지가", "할머니가", "아이들이", "등대지기가", "우리 선생님이"]
    let places = ["바닷가에서", "부엌에서", "정원에서", "기차역 앞에서", "눈 덮인 언덕에서"]
    let whats = ["물고기를", "따뜻한 빵을", "노란 편지를", "낡은 시계를", "종소리를"]
    let verbs = ["찾았다", "기다렸다", "보았다", "들었다고 말했다", "좋아한다"]
    var state: UInt64 = 3
    func draw(_ list: [String]) -> String {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return list[Int(state >> 33) % list.count]
    }
    return (0..<count).map { _ in
      "\(draw(whos)) \(draw(places)) \(draw(whats)) \(draw(verbs))."
    }
  }

  private func train(_ options: [String], in folder: borrowing TemporaryFolder) throws -> String {
    let text = try folder.file("text.txt", Self.sentences(300).map { $0 + "\n" }.joined())
    expectDone(
      try Program.run(
        [
          "train", text, "--output", folder("run"), "--hidden", "24", "--batch", "4", "--window",
          "24",
          "--updates", "80", "--rate", "0.02",
        ] + options))
    return folder("run")
  }

  @Test(
    "is learned, scored and written, and its decomposed form is the same text",
    arguments: [
      ["--tokenizer", "bpe", "--vocabulary", "400"], ["--tokenizer", "character"],
      ["--tokenizer", "word"],
    ])
  func roundTrip(options: [String]) throws {
    let folder = try TemporaryFolder()
    let run = try train(options, in: folder)
    let lines = Self.sentences(5).joined(separator: "\n")
    let decomposed = lines.decomposedStringWithCanonicalMapping
    // Syllables fall apart into letters, three code points or two.
    #expect(decomposed.unicodeScalars.count > 2 * lines.unicodeScalars.count - 60)
    func scores(_ text: String) throws -> [Double] {
      try expectDone(Program.run("score", run, "--json", input: text)).json().map {
        try #require($0["log_probability"]?.number)
      }
    }
    let composed = try scores(lines)
    #expect(composed.count == 5 && composed.allSatisfy { $0 < 0 })
    #expect(try scores(decomposed) == composed)
    // A text like those that were learned is likelier than one of the same syllables in disorder.
    let orders = try scores("고양이가 부엌에서 물고기를 찾았다.\n를기고물 이양고가 다았찾 서에엌부.\n")
    #expect(orders[0] > orders[1])
    let evaluation = try expectDone(
      Program.run(["evaluate", run, "-", "--json"], input: Array(lines.utf8))
    ).object()
    #expect(try #require(evaluation["perplexity"]?.number) < 200)

    for seed in 1...5 {
      // Bytes, so that nothing mends them.
      let file = folder("generated.txt")
      expectDone(
        try Program.run(
          [
            "generate", run, "--prompt", "고양", "--tokens", "40", "--seed", "\(seed)",
            "--temperature", "1.3",
          ],
          shell: Shell(redirection: "> '\(file)'")))
      let text = try #require(String(validating: bytes(of: file), as: UTF8.self))
      #expect(text.hasPrefix("고양") && text.count > 2)
    }
  }
}
