import ArgumentParser

/// Refuses a number that is given and out of its range.
func require<Value: Comparable>(
  _ name: String, _ value: Value?, in range: ClosedRange<Value>
) throws {
  guard let value, !range.contains(value) else { return }
  throw ValidationError(
    "\(name) must be \(range.lowerBound) to \(range.upperBound), not \(value).")
}

func requirePositive(_ name: String, _ value: Float?) throws {
  guard let value, !(value > 0 && value.isFinite) else { return }
  throw ValidationError("\(name) must be more than 0, not \(value).")
}

func requireNotNegative(_ name: String, _ value: Float?) throws {
  guard let value, !(value >= 0 && value.isFinite) else { return }
  throw ValidationError("\(name) must be 0 or more, not \(value).")
}
