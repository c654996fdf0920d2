import Foundation
import Testing

/// The sanitizer that `./test --sanitize` runs the tests and the program under.
enum Sanitizer {
  static let isOn = ProcessInfo.processInfo.environment["EDDY_SANITIZER"] != nil

  /// Why a test is skipped.
  static let takesAddresses: Comment =
    "A sanitizer's shadow takes terabytes of addresses: no limit on them can be set."
}
