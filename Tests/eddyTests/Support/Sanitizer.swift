import Foundation
import Testing

/// The sanitizer that `./test --sanitize` runs the tests and the program under.
enum Sanitizer {
  private static let name = ProcessInfo.processInfo.environment["EDDY_SANITIZER"]

  static let isOn = name != nil
  static let isThread = name == "thread"

  /// Why a test is skipped.
  static let writesFiles: Comment =
    "ThreadSanitizer maps a temporary file of its own before main: with a limit on files it never gets there."
  /// Why a test is skipped.
  static let takesAddresses: Comment =
    "A sanitizer's shadow takes terabytes of addresses: no limit on them can be set."
}
