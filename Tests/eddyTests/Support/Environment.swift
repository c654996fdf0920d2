import Foundation

/// What the tests may take.
enum Environment {
  /// Whether the tests may take minutes: `EDDY_LONG_TESTS` is set.
  static let isLong = ProcessInfo.processInfo.environment["EDDY_LONG_TESTS"] != nil

  /// Whether the program was built without optimisation.
  static let isDebug = {
    var isDebug = false
    assert(
      {
        isDebug = true
        return true
      }())
    return isDebug
  }()
}
