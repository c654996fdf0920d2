import EddyLM
import EddyNN
import Testing

@Suite("the pace of a training")
struct PaceTests {
  private func rates(_ changes: [(updates: Int, total: Int)], count: Int) throws -> [Float] {
    var options = TrainingOptions()
    options.sizes = NetworkSizes(embedding: 3, hidden: 3, layers: 1)
    options.batchSize = 2
    options.windowLength = 4
    options.epochs = 1000
    options.maximumUpdates = 40
    options.schedule = .oneCycle
    let network = RecurrentNetwork<RNNCell>(
      vocabularySize: 9, sizes: options.sizes, range: 0.5, seed: 2)
    var trainer = Trainer(
      state: TrainerState(network: network, options: options),
      tokens: (0..<60).map { $0 * $0 % 9 }, options: options, team: .serial)
    var rates: [Float] = []
    for update in 0..<count {
      for change in changes where change.updates == update { trainer.changePace(to: change.total) }
      rates.append(trainer.learningRate)
      _ = try trainer.update()
    }
    #expect(trainer.totalUpdates == count)
    // The options that came of it say the same from the start.
    var again = Trainer(
      state: TrainerState(network: network, options: options),
      tokens: (0..<60).map { $0 * $0 % 9 }, options: trainer.options, team: .serial)
    for rate in rates {
      #expect(again.learningRate == rate)
      _ = try again.update()
    }
    #expect(again.state.network == trainer.state.network)
    return rates
  }

  @Test(
    "a change spreads what is left of the schedule over the updates that are left, without a jump")
  func changes() throws {
    let (plain, shorter, longer) = (
      try rates([], count: 40), try rates([(20, 30)], count: 30),
      try rates([(10, 60), (20, 50)], count: 50)
    )
    #expect(shorter[..<21] == plain[..<21])
    // Half of the schedule in ten updates: two steps of the plan in each.
    for update in 21..<30 {
      #expect(abs(shorter[update] - plain[20 + 2 * (update - 20)]) < 1e-6)
    }
    let jumps = zip(longer, longer.dropFirst()).map { abs($0 - $1) }
    #expect(jumps.max() ?? 1 < 4e-4)
    for rates in [plain, shorter, longer] { #expect((rates.last ?? 1) < 1e-4) }
  }

  @Test("a training that goes back forgets what was decided later, and not how long it is")
  func rollBack() {
    var pace = Pace()
    pace.rollBack(to: 7)
    #expect(pace.changes.isEmpty)
    for (updates, total) in [(10, 60), (20, 50), (30, 80)] {
      pace.change(after: updates, to: total)
    }
    let progress = (0...20).map { pace.progress(after: $0, planned: 40) }
    pace.rollBack(to: 30)
    #expect(pace.changes.count == 3)
    pace.rollBack(to: 20)
    #expect(pace.changes.map(\.updates) == [10, 20])
    #expect(pace.changes.map(\.total) == [60, 80])
    #expect((0...20).map { pace.progress(after: $0, planned: 40) } == progress)
    pace.rollBack(to: 0)
    #expect(pace.changes.map(\.updates) == [0])
    #expect(pace.changes.map(\.total) == [80])
    pace.change(after: 1, to: 90)
  }
}
