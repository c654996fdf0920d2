import ArgumentParser
import EddyFiles
import EddyNN

/// How often a job is done.
struct MeasurementArguments: ParsableArguments {
  @Option(help: "Steps before the clock counts.")
  var warmUp = 1

  @Option(help: "Steps that are timed.")
  var steps = 5

  @Option(help: "Threads to use.")
  var threads = 2

  var team: ThreadTeam { ThreadTeam(count: threads) }

  func validate() throws {
    guard warmUp >= 0, steps >= 1, (1...ThreadTeam.largestCount).contains(threads) else {
      throw ValidationError("--warm-up must be 0 or more, --steps and --threads 1 or more.")
    }
  }

  /// Times step after step with a clock that never goes back, and prints the times with the values.
  ///
  /// - Parameters:
  ///   - warmUp: Done before the clock counts, `warmUp` times.
  ///   - step: What is timed. Gives what the peer must agree with.
  func run(
    warmingUp warmUp: () throws -> JSON, step: () throws -> JSON
  ) rethrows {
    var values = try (0..<self.warmUp).map { _ in try warmUp() }
    let clock = ContinuousClock()
    var seconds: [JSON] = []
    for _ in 0..<steps {
      let start = clock.now
      let value = try step()
      seconds.append(.number((clock.now - start) / .seconds(1)))
      values.append(value)
    }
    var result: [String: JSON] = ["seconds": .array(seconds), "values": .array(values)]
    if threads > 1 { result["round_trip_seconds"] = .number(RoundTrip.seconds(on: team)) }
    print(JSON.object(result).serialized)
  }
}
