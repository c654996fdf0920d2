/// Decides, while a training runs, how many updates there is time for.
///
/// A machine is not equally fast all the time: what the updates and validations of the last while took says what those that
/// are left will take.
package struct Timekeeper {
  package typealias Instant = ContinuousClock.Instant

  private let deadline: Instant
  /// The time there was at first.
  private let whole: Duration
  /// When the updates began that are measured now, and how many there are.
  private var start: Instant
  private var measured = 0
  /// The time of one update, as last measured.
  private var update: Duration?
  /// How many updates a validation takes the time of.
  private var updatesPerValidation: Double

  /// - Parameters:
  ///   - deadline: When the training is to be over.
  ///   - now: When it begins.
  ///   - updatesPerValidation: How many updates a validation takes the time of, as far as is known before there was one.
  package init(deadline: Instant, now: Instant, updatesPerValidation: Double) {
    self.deadline = deadline
    self.updatesPerValidation = updatesPerValidation
    start = now
    whole = deadline - now
  }

  /// What is left of the time.
  func remaining(at now: Instant) -> Duration { deadline - now }

  /// Takes note of an update.
  ///
  /// - Parameters:
  ///   - made: The updates made.
  ///   - total: How many there are to be in all.
  ///   - validateEvery: The updates between two validations; there is one at the end, too.
  ///   - now: When it was over.
  /// - Returns: Another number of updates in all, if with the present one the training would be over half a percent too early or
  ///   too late.
  package mutating func updated(
    _ made: Int, of total: Int, validateEvery: Int, at now: Instant
  ) -> Int? {
    measured += 1
    guard now - start >= max(.milliseconds(200), whole / 50) else { return nil }
    let update = (now - start) / measured
    (self.update, start, measured) = (update, now, 0)
    // In updates.
    let left = (deadline - now - Self.ending) / update - updatesPerValidation
    // One that is due now is still to come.
    let validations = (total - 1) / validateEvery - (made - 1) / validateEvery
    let planned = Double(total - made) + Double(validations) * updatesPerValidation
    guard abs(planned - left) > whole / update / 200 else { return nil }
    return made + max(1, Int(left / (1 + updatesPerValidation / Double(validateEvery))))
  }

  /// Takes note of a validation.
  package mutating func validated(from begin: Instant, to now: Instant) {
    if let update { updatesPerValidation = (now - begin) / update }
    start += now - begin
  }

  /// What comes after the last validation: writing, and reading what was written.
  private static let ending = Duration.milliseconds(300)
}
