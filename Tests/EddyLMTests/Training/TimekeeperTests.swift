import EddyLM
import Testing

@Suite("a training that ends on time")
struct TimekeeperTests {
  /// How long a training of 300 seconds takes whose plan says so many updates, on a machine whose updates and validations take as
  /// long as `speed` says.
  ///
  /// - Parameter speed: How slow the machine is after some share of the time: 1 as planned, 2 half as fast.
  private func seconds(
    planned: Int, validation: Double, speed: (Double) -> Double
  ) -> (seconds: Double, updates: Int, decisions: Int) {
    let begin = ContinuousClock().now
    var now = begin
    var keeper = Timekeeper(
      deadline: begin + .seconds(300), now: begin, updatesPerValidation: validation / 0.1)
    var (made, total, decisions) = (0, planned, 0)
    let validateEvery = planned / 10
    func slowness() -> Double { speed((now - begin) / .seconds(300)) }
    while made < total {
      now += .seconds(0.1 * slowness())
      made += 1
      if made < total,
        let next = keeper.updated(made, of: total, validateEvery: validateEvery, at: now)
      {
        #expect(next > made)
        (total, decisions) = (next, decisions + 1)
      }
      if made % validateEvery == 0 || made == total {
        let start = now
        now += .seconds(validation * slowness())
        keeper.validated(from: start, to: now)
      }
    }
    return ((now - begin) / .seconds(1), made, decisions)
  }

  @Test("as planned: nothing is decided anew")
  func steady() {
    let found = seconds(planned: 2800, validation: 2, speed: { _ in 1 })
    #expect(abs(found.seconds - 300) < 3 && found.decisions < 3)
  }

  @Test(
    "half as fast, twice as fast or back and forth from some moment on: within 2 %",
    arguments: [0.1, 0.5, 0.9, 0.97])
  func changes(moment: Double) {
    for speed in [
      { $0 < moment ? 1 : 2 }, { $0 < moment ? 1 : 0.5 },
      { Int($0 * 20) % 2 == 0 || $0 < moment ? 1 : 2.0 },
    ] as [(Double) -> Double] {
      let found = seconds(planned: 2800, validation: 2, speed: speed)
      #expect(abs(found.seconds - 300) < 6, "\(moment): \(found)")
    }
  }

  @Test("a plan that is far off is put right at once")
  func wrongPlan() {
    for planned in [500, 1000, 10_000, 100_000] {
      let found = seconds(planned: planned, validation: 1, speed: { _ in 1 })
      #expect(abs(found.seconds - 300) < 6, "\(planned): \(found)")
    }
  }
}
