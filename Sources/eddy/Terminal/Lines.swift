import EddyFiles
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The lines of a file or of standard input, one at a time, as text.
struct Lines: ~Copyable {
  private var reader: LineReader

  init(path: String) throws { reader = try LineReader(path: FilePath(path)) }

  /// The next line without its end, nil at the end of the file.
  ///
  /// - Throws: `FileError` for a line that is not UTF-8.
  mutating func next() throws -> String? {
    guard let line = try reader.next() else { return nil }
    do {
      let text = try UTF8Span(validating: line.bytes.span)
      let mark: Unicode.Scalar = "\u{FEFF}"
      let string = String(copying: text)
      return line.number == 1 && string.unicodeScalars.first == mark
        ? String(string.unicodeScalars.dropFirst()) : string
    } catch {
      throw FileError(
        path: reader.path,
        reason: "Line \(line.number), byte \(line.offset + error.byteOffsets.lowerBound): "
          + "this is not UTF-8.")
    }
  }

  /// The next line as it stands in the file.
  mutating func nextBytes() throws -> [UInt8]? { try reader.next()?.bytes }

  /// Whether a person types the lines, and waits for an answer to each.
  static func areTyped(_ path: String) -> Bool { path == "-" && isatty(STDIN_FILENO) == 1 }
}
