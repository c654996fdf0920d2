import EddyNN
import Testing

/// Records the first element whose bits differ; any NaN equals any NaN.
func expectSameBits(
  _ found: [Float], _ expected: [Float], _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.count == expected.count else {
    Issue.record(
      "\(what()): \(found.count) elements, expected \(expected.count)",
      sourceLocation: sourceLocation)
    return
  }
  let differs = found.indices.first {
    found[$0].bitPattern != expected[$0].bitPattern && !(found[$0].isNaN && expected[$0].isNaN)
  }
  if let index = differs {
    Issue.record(
      "\(what()): element \(index) of \(found.count) is \(found[index]), expected \(expected[index])",
      sourceLocation: sourceLocation)
  }
}

/// Records a different shape, or the first element whose bits differ.
func expectSameBits(
  _ found: Matrix, _ expected: Matrix, _ what: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    found.rows == expected.rows && found.columns == expected.columns, "\(what())",
    sourceLocation: sourceLocation)
  expectSameBits(found.elements, expected.elements, what(), sourceLocation: sourceLocation)
}

/// Records the worst element, unless all differ by at most `tolerance` times the largest magnitude
/// that is expected.
func expectClose(
  _ found: [Double], _ expected: [Double], within tolerance: Double,
  _ what: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.count == expected.count else {
    Issue.record(
      "\(what()): \(found.count) elements, expected \(expected.count)",
      sourceLocation: sourceLocation)
    return
  }
  let limit = tolerance * (expected.map(abs).max() ?? 0)
  var worst = (index: 0, error: 0.0)
  for index in found.indices {
    let error = abs(found[index] - expected[index])
    if !(error <= worst.error) { worst = (index, error) }
  }
  if !(worst.error <= limit) {
    Issue.record(
      """
      \(what()): element \(worst.index) of \(found.count) is \(found[worst.index]), expected \
      \(expected[worst.index]); \(worst.error) apart where \(limit) is allowed
      """, sourceLocation: sourceLocation)
  }
}

/// The same for 32-bit floats against `Double`.
func expectClose(
  _ found: [Float], _ expected: [Double], within tolerance: Double,
  _ what: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(
    found.map(Double.init), expected, within: tolerance, what(), sourceLocation: sourceLocation)
}

/// The same for a matrix against a `Double` twin of the same shape.
func expectClose(
  _ found: Matrix, _ expected: TwinMatrix<Double>, within tolerance: Double,
  _ what: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    found.rows == expected.rows && found.columns == expected.columns, "\(what())",
    sourceLocation: sourceLocation)
  expectClose(
    found.elements, expected.elements, within: tolerance, what(), sourceLocation: sourceLocation)
}
