import EddyLM
import Testing

@Suite("places where a text can be divided")
struct MilestonesTests {
  @Test("are few, however many lines of equal length there are", arguments: [1, 20, 700])
  func bounded(tokensPerLine: Int) throws {
    var milestones = Milestones()
    var place = TextStatistics()
    for _ in 0..<100_000 {
      place.tokens += tokensPerLine
      milestones.add(place)
    }
    #expect(milestones.count < Milestones.limit)
    let last = try #require(milestones.last(within: place.tokens * 95 / 100, of: place.tokens))
    let share = Double(last.tokens) / Double(place.tokens)
    #expect(share > 0.949 && share <= 0.95)
  }
}
