import EddyFiles
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Token ids that wait in a file without a name until the vocabulary is known.
struct ProvisionalTokens: ~Copyable {
  private static let blockCount = 1 << 18

  private let folder: FilePath
  private let descriptor: FileDescriptor
  private var buffer: [UInt32] = []
  private var written = 0

  /// - Parameter folder: Where the room is taken from. The file vanishes with this value, or with
  ///   the program.
  init(folder: FilePath) throws(FileError) {
    self.folder = folder
    let path = folder.appending(".eddy-\(getpid())-ids.tmp")
    do {
      descriptor = try FileDescriptor.open(
        path, .readWrite, options: [.create, .truncate, .noFollow, .closeOnExec],
        permissions: .ownerReadWrite)
    } catch {
      throw FileError(path: folder, reason: "Cannot create a file in this folder: \(error).")
    }
    unsafe path.withPlatformString { path in
      while unsafe unlink(path) != 0, errno == EINTR {}
    }
  }

  deinit { try? descriptor.close() }

  /// Whether it is time to flush.
  var isFull: Bool { buffer.count >= Self.blockCount }

  mutating func append(_ id: Int) { buffer.append(UInt32(id)) }

  mutating func flush() throws(FileError) {
    do {
      _ = try unsafe buffer.withUnsafeBytes { try unsafe descriptor.writeAll($0) }
    } catch {
      throw FileError(path: folder, reason: "Cannot write a temporary file here: \(error).")
    }
    written += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  /// Hands over the ids of a range of positions, block by block.
  ///
  /// - Precondition: all was flushed.
  func read(_ range: Range<Int>, _ body: ([UInt32]) throws -> Void) throws {
    precondition(range.upperBound <= written, "ProvisionalTokens.read needs flushed ids.")
    var start = range.lowerBound
    while start < range.upperBound {
      var block = [UInt32](
        repeating: 0, count: min(Self.blockCount, range.upperBound - start))
      try fill(&block, from: start)
      try body(block)
      start += block.count
    }
  }

  private func fill(_ block: inout [UInt32], from start: Int) throws(FileError) {
    let failure: String?
    do {
      failure = try unsafe block.withUnsafeMutableBytes { bytes in
        var done = 0
        while done < bytes.count {
          let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
          let count = try unsafe descriptor.read(
            fromAbsoluteOffset: Int64(4 * start + done), into: rest)
          guard count > 0 else { return "it ended early" }
          done += count
        }
        return nil
      }
    } catch {
      throw FileError(path: folder, reason: "Cannot read a temporary file: \(error).")
    }
    if let failure {
      throw FileError(path: folder, reason: "Cannot read a temporary file: \(failure).")
    }
  }
}
