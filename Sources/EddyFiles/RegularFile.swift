internal import SystemPackage

/// A regular file open for reading at any offset, closed with its last reference.
final class RegularFile: Sendable {
  let path: FilePath
  /// Bytes, when it was opened.
  let size: Int
  private let descriptor: FileDescriptor

  /// Opens `path`; refuses folders, pipes and devices without waiting for them.
  init(path: FilePath) throws(FileError) {
    let descriptor = try FileError.wrapping(path, "open") {
      try FileDescriptor.open(path, .readOnly, options: [.nonBlocking, .closeOnExec])
    }
    do {
      let status = try POSIX.status(of: descriptor)
      guard status.kind == .regular else {
        let found = status.kind == .folder ? "A folder" : "A device or pipe"
        throw FileError(path: path, reason: "\(found); a regular file was needed.")
      }
      self.path = path
      self.size = status.size
      self.descriptor = descriptor
    } catch {
      try? descriptor.close()
      throw error as? FileError ?? FileError(path: path, reason: "Cannot read: \(error).")
    }
  }

  deinit { try? descriptor.close() }

  /// Fills `destination` with the bytes that start at `offset`.
  ///
  /// - Throws: `FileError`, also if the file ends before `destination` is full.
  func read(into destination: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
    var done = 0
    while done < destination.count {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: destination[done...])
      let start = offset + done
      let count = try FileError.wrapping(path, "read") {
        try unsafe descriptor.read(fromAbsoluteOffset: Int64(start), into: rest)
      }
      guard count > 0 else {
        throw FileError(
          path: path, reason: "Ends at byte \(start): it became shorter while it was being read.")
      }
      done += count
    }
  }

  /// The `count` bytes that start at `offset`, as elements of `Element`, a plain number type.
  func elements<Element: BitwiseCopyable>(
    _ type: Element.Type, count: Int, at offset: Int
  ) throws(FileError) -> [Element] {
    do {
      return try unsafe [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
        let slots = unsafe UnsafeMutableBufferPointer(rebasing: buffer[..<count])
        try unsafe read(into: UnsafeMutableRawBufferPointer(slots), at: offset)
        initialized = count
      }
    } catch {
      throw error as? FileError ?? FileError(path: path, reason: "Cannot read: \(error).")
    }
  }
}
