import EddyFiles
import SystemPackage

/// The lines of a file or of standard input, one at a time, as text.
struct Lines: ~Copyable {
  private var reader: LineReader

  init(path: String) throws { reader = try LineReader(path: FilePath(path)) }

  /// The next line without its end, nil at the end of the file or when Ctrl-C was pressed.
  ///
  /// - Throws: `FileError` for a line that is not UTF-8.
  mutating func next() throws -> String? {
    guard !Interrupt.isRequested, let line = try reader.next() else { return nil }
    var bytes = line.bytes[...]
    if line.number == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(
        path: reader.path,
        reason: "Line \(line.number) (byte offset \(line.offset)) is not UTF-8.")
    }
    return text
  }

  /// The next line as it stands in the file.
  mutating func nextBytes() throws -> [UInt8]? {
    guard !Interrupt.isRequested, let line = try reader.next() else { return nil }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return line.number == 1 && line.bytes.starts(with: mark)
      ? Array(line.bytes.dropFirst(3)) : line.bytes
  }
}
