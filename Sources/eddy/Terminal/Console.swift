import Foundation
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard output for results, standard error for progress and complaints.
enum Console {
  /// Whether a person sees standard error.
  static let showsProgress = isatty(STDERR_FILENO) == 1

  /// Whether a person sees standard output.
  static let isTerminal = isatty(STDOUT_FILENO) == 1

  /// Whether that person wants colours: `NO_COLOR` says no (no-color.org).
  static let showsColours =
    isTerminal && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty

  /// Gives the three standard descriptors that are closed something to fail on, so that no file that
  /// is opened later takes their place.
  static func holdStandardDescriptors() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ] where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number, which is this one.
      _ = unsafe open("/dev/null", mode)
    }
  }

  /// Writes one line of a result; ends the program quietly if nobody reads on.
  static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

  /// Writes a piece of a result.
  static func printPiece(_ text: String) { write(text, to: STDOUT_FILENO) }

  /// Writes one line for the person in front of the program.
  static func note(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

  /// Overwrites the line that the cursor is on.
  static func progress(_ line: String) { write("\r\u{1B}[2K" + line, to: STDERR_FILENO) }

  /// Removes the line that ``progress(_:)`` wrote.
  static func endProgress() { if showsProgress { write("\r\u{1B}[2K", to: STDERR_FILENO) } }

  /// The width of the terminal in columns.
  static var width: Int {
    var size = winsize()
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 80
    }
    return Int(size.ws_col)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      #if canImport(Darwin)
        let written = unsafe bytes.withUnsafeBytes {
          unsafe Darwin.write(descriptor, $0.baseAddress, $0.count)
        }
      #elseif canImport(Musl)
        let written = unsafe bytes.withUnsafeBytes {
          unsafe Musl.write(descriptor, $0.baseAddress, $0.count)
        }
      #else
        let written = unsafe bytes.withUnsafeBytes {
          unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
      #endif
      if written > 0 {
        bytes = bytes.dropFirst(written)
      } else if errno != EINTR {
        // Work goes on where nobody can see its progress.
        guard descriptor == STDOUT_FILENO else { return }
        guard errno != EPIPE else { exit(0) }
        note("Error: Cannot write to standard output: \(Errno(rawValue: errno)).")
        exit(1)
      }
    }
  }
}

extension String {
  /// The text on one line of one column: line ends and tabs as `\n` and `\t`.
  var visible: String {
    unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
