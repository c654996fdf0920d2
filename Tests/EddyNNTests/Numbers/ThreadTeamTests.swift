import EddyNN
import Testing

@Suite("Thread team")
struct ThreadTeamTests {
  @Test("every member runs once, and run returns when all are done", arguments: [1, 2, 3, 8])
  func members(count: Int) {
    let team = ThreadTeam(count: count)
    let ran = NumberBuffer<Double>(count: count)
    for round in 1...50 {
      team.run { member in
        precondition(member.count == count)
        ran[member.index] += 1
      }
      #expect((0..<count).allSatisfy { ran[$0] == Double(round) })
    }
  }

  @Test("after a barrier everyone sees what everyone did", arguments: [2, 3, 8])
  func barriers(count: Int) {
    let team = ThreadTeam(count: count)
    let slots = NumberBuffer<Double>(count: count)
    let mistakes = NumberBuffer<Double>(count: count)
    team.run { member in
      for round in 1...300 {
        slots[member.index] = Double(round * count + member.index)
        member.barrier()
        for other in 0..<count where slots[other] != Double(round * count + other) {
          mistakes[member.index] += 1
        }
        member.barrier()
      }
    }
    #expect(mistakes.sum() == 0)
  }

  @Test("callers on several threads take turns")
  func callers() async {
    let team = ThreadTeam(count: 3)
    let total = await withTaskGroup(of: Double.self) { group in
      for _ in 0..<6 {
        group.addTask {
          let sums = NumberBuffer<Double>(count: 3)
          for _ in 0..<50 {
            team.run { member in
              sums[member.index] += 1
              member.barrier()
              if member.index == 0 { sums[0] += sums[1] - sums[2] }
            }
          }
          return sums.sum()
        }
      }
      return await group.reduce(0, +)
    }
    #expect(total == 6 * 3 * 50)
  }

  @Test("a team of one runs in place, from any thread, also within itself")
  func serial() async {
    await withTaskGroup { group in
      for _ in 0..<4 {
        group.addTask {
          var calls = 0
          ThreadTeam.serial.run { outer in
            outer.barrier()
            ThreadTeam.serial.run { inner in
              inner.barrier()
              calls += 1 + inner.index + outer.index
            }
          }
          #expect(calls == 1)
        }
      }
    }
  }

  @Test("teams come and go")
  func lifetimes() {
    for count in 1...40 {
      let team = ThreadTeam(count: count % 5 + 1)
      let ran = NumberBuffer<Double>(count: team.count)
      if count % 2 == 0 { team.run { ran[$0.index] = 1 } }
      #expect(ran.sum() == (count % 2 == 0 ? Double(team.count) : 0))
    }
  }

  @Test("shares are contiguous, in order, and cut at the grain", arguments: [1, 2, 3, 7])
  func shares(count: Int) {
    for total in [0, 1, 15, 16, 17, 100] {
      for grain in [1, 12, 16] {
        let lower = NumberBuffer<Double>(count: count)
        let upper = NumberBuffer<Double>(count: count)
        ThreadTeam(count: count).run { member in
          let share = member.share(of: total, grain: grain)
          lower[member.index] = Double(share.lowerBound)
          upper[member.index] = Double(share.upperBound)
        }
        let shares = (0..<count).map { Int(lower[$0])..<Int(upper[$0]) }
        #expect(shares.flatMap(Array.init) == Array(0..<total))
        for share in shares where share.upperBound < total {
          #expect(share.upperBound % grain == 0)
        }
      }
    }
  }

  @Test("there is a processor")
  func processors() {
    #expect((1...ThreadTeam.largestCount).contains(ThreadTeam.availableProcessors))
  }

  @Test("a team of none stops the program")
  func none() async {
    await #expect(processExitsWith: .failure) { _ = ThreadTeam(count: 0) }
  }

  @Test("a team beyond the limit stops the program")
  func tooMany() async {
    await #expect(processExitsWith: .failure) { _ = ThreadTeam(count: 257) }
  }
}
