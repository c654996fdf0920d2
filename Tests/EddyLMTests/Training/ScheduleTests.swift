import EddyLM
import Testing

@Suite("schedules of the learning rate")
struct ScheduleTests {
  @Test("one cycle rises from a 25th to all of the rate, then falls to almost nothing")
  func oneCycle() {
    let shares = [0, 0.15, 0.3, 0.65, 1].map {
      Schedule.oneCycle.share(progress: $0, epoch: 0, setbacks: 0)
    }
    for (found, needed) in zip(shares, [0.04, 0.52, 1, 0.5, 4e-6]) {
      #expect(abs(found - needed) < 1e-4)
    }
  }

  @Test("constant")
  func constant() {
    #expect(Schedule.constant.share(progress: 0.9, epoch: 8, setbacks: 3) == 1)
  }

  @Test(
    "Zaremba's: halved after each epoch after the fourth",
    arguments: zip(0..<8, [1, 1, 1, 1, 0.5, 0.25, 0.125, 0.0625]))
  func step(epoch: Int, share: Double) {
    let schedule = Schedule.step(factor: 0.5, after: 4)
    #expect(schedule.share(progress: 0, epoch: epoch, setbacks: 0) == share)
  }

  @Test("half a cosine down to a hundredth")
  func cosine() {
    let shares = [0, 0.5, 1].map { Schedule.cosine.share(progress: $0, epoch: 0, setbacks: 0) }
    #expect(abs(shares[0] - 1) < 1e-12)
    #expect(abs(shares[1] - 0.505) < 1e-12)
    #expect(abs(shares[2] - 0.01) < 1e-12)
  }

  @Test("a quarter for each validation that was no better")
  func plateau() {
    #expect(Schedule.plateau.share(progress: 0, epoch: 0, setbacks: 0) == 1)
    #expect(Schedule.plateau.share(progress: 0, epoch: 0, setbacks: 3) == 1.0 / 64)
  }
}
