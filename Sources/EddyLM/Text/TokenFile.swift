public import EddyFiles
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The token ids of a text in a file, mapped into memory: a text larger than memory can be read.
///
/// The file is a ``TokenFileHeader`` and the ids, little-endian: 2 bytes each for a vocabulary of
/// up to 65,536 entries, else 4. Header, size, checksum and all ids are checked when it is opened.
///
/// A program that shortens the file while it is read ends this one, unless ``requireWhole()`` notices
/// first; Eddy itself only replaces files.
@safe
public final class TokenFile: TokenSource {
  public let path: FilePath
  /// The entries of the vocabulary that the ids belong to.
  public let vocabularySize: Int
  public let statistics: TextStatistics
  /// CRC-32C of the ids.
  public let checksum: UInt32
  private let isWide: Bool
  private let descriptor: FileDescriptor
  /// The mapped file: never written, and unmapped only when nobody holds this object any more.
  private nonisolated(unsafe) let memory: UnsafeRawBufferPointer

  /// - Throws: `FileError`
  /// - Complexity: O(tokens), one pass over the file
  public init(path: FilePath) throws(FileError) {
    let (descriptor, size) = try InputFile.open(path)
    let header: TokenFileHeader
    do throws(FileError) {
      header = try TokenFileHeader(of: descriptor, size: size, path: path)
      guard
        let start = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor.rawValue, 0),
        unsafe start != MAP_FAILED
      else {
        throw FileError(path: path, reason: "Cannot map: \(Errno(rawValue: errno)).")
      }
      unsafe memory = UnsafeRawBufferPointer(start: start, count: size)
    } catch {
      try? descriptor.close()
      throw error
    }
    self.descriptor = descriptor
    self.path = path
    vocabularySize = header.vocabularySize
    statistics = header.statistics
    checksum = header.checksum
    isWide = header.isWide
    try check(header)
  }

  deinit {
    _ = unsafe munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress), memory.count)
    try? descriptor.close()
  }

  /// Refuses a file that another program has shortened: reading on would end this program.
  public func requireWhole() throws(FileError) {
    guard let size = InputFile.size(of: descriptor), unsafe size >= memory.count else {
      throw FileError(path: path, reason: "It became shorter while it was in use.")
    }
  }

  /// The number of tokens.
  public var count: Int { statistics.tokens }

  /// - Precondition: `position` is in `0 ..< count`.
  public subscript(position: Int) -> Int {
    precondition(
      position >= 0 && position < count,
      "A position in '\(path)' is in 0 ..< \(count), not \(position).")
    let id = load(position)
    precondition(id < vocabularySize, "'\(path)' was changed while it was in use.")
    return id
  }

  private func load(_ position: Int) -> Int {
    isWide
      ? unsafe Int(
        UInt32(
          littleEndian: memory.load(
            fromByteOffset: TokenFileHeader.size + 4 * position, as: UInt32.self)))
      : unsafe Int(
        UInt16(
          littleEndian: memory.load(
            fromByteOffset: TokenFileHeader.size + 2 * position, as: UInt16.self)))
  }

  private func check(_ header: TokenFileHeader) throws(FileError) {
    var checksum = CRC32C()
    unsafe checksum.update(memory.bytes.extracting(droppingFirst: TokenFileHeader.size))
    guard checksum.value == header.checksum else {
      throw FileError(path: path, reason: "The ids do not have the checksum in the header.")
    }
    for position in 0..<count where load(position) >= vocabularySize {
      throw FileError(
        path: path,
        reason: "Token \(position) has the id \(load(position)); "
          + "the vocabulary needs 0 to \(vocabularySize - 1).")
    }
  }
}
