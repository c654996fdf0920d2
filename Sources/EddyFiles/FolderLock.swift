public import SystemPackage

/// A folder that one process at a time may change.
///
/// The lock goes with the process: whatever ends it, also a kill, gives the folder back.
public final class FolderLock: Sendable {
  private let descriptor: FileDescriptor

  /// - Throws: `FileError` if `folder` is no folder, or if another process has it.
  public init(_ folder: FilePath) throws(FileError) {
    let descriptor = try FileError.wrapping(folder, "open this folder") {
      try FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
    }
    do {
      guard try POSIX.lock(descriptor) else {
        throw FileError(path: folder, reason: "Another process is at work in this folder.")
      }
    } catch {
      try? descriptor.close()
      throw error as? FileError ?? FileError(path: folder, reason: "Cannot lock: \(error).")
    }
    self.descriptor = descriptor
  }

  deinit { try? descriptor.close() }
}
