public import SystemPackage

/// Writing a file so that at any moment, even after a power cut, its name leads to the old contents
/// or to the new ones, whole.
public enum AtomicFile {
  /// Writes a new file to `path`, in place of the one that may be there.
  ///
  /// The bytes go to a temporary name in the same folder, are synced, and renamed; then the folder
  /// is synced. Whatever fails, the temporary file is removed and the previous one stays. A symbolic
  /// link at `path` is replaced, not followed.
  ///
  /// - Parameter body: Writes the contents; what it returns is returned, what it throws is thrown on.
  /// - Throws: `FileError` if `path` is a folder or device, or if the system refuses (disk full).
  @discardableResult
  public static func write<Result>(
    to path: FilePath, _ body: (inout FileWriter) throws -> Result
  ) throws -> Result {
    let kind = try FileError.wrapping(path, "write") { try POSIX.kind(at: path) }
    switch kind {
    case .folder: throw FileError(path: path, reason: "A folder; a file's name was needed.")
    case .other:
      throw FileError(path: path, reason: "A device or pipe; a regular file was needed.")
    case .regular, nil: break
    }
    let (descriptor, temporary) = try createTemporary(
      in: FolderEntries.folder(of: path), for: path)
    do {
      let result = try fill(descriptor, path: path, body)
      try FolderEntries.move(temporary, to: path)
      return result
    } catch {
      try? POSIX.remove(temporary)
      throw error
    }
  }

  /// Whether a file of this name is one that a writer left behind when it was killed.
  public static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix(".eddy-") && name.hasSuffix(".tmp")
  }

  private static func fill<Result>(
    _ descriptor: FileDescriptor, path: FilePath, _ body: (inout FileWriter) throws -> Result
  ) throws -> Result {
    let result: Result
    do {
      var writer = FileWriter(descriptor, path: path)
      result = try body(&writer)
      try writer.flush()
      try FileError.wrapping(path, "sync") { try POSIX.synchronize(descriptor) }
    } catch {
      try? descriptor.close()
      throw error
    }
    try FileError.wrapping(path, "close") { try POSIX.close(descriptor) }
    return result
  }

  private static func createTemporary(
    in folder: FilePath, for path: FilePath
  ) throws(FileError) -> (FileDescriptor, FilePath) {
    var attempt = 0
    while true {
      // Names are counted, so that two writers of one process and what a crash left behind differ.
      let name = ".eddy-\(POSIX.processIdentifier)-\(attempt).tmp"
      let temporary = folder.appending(name)
      do {
        let descriptor = try FileDescriptor.open(
          temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
          permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite])
        return (descriptor, temporary)
      } catch let error {
        guard let errno = error as? Errno, errno == .fileExists, attempt < 1000 else {
          throw FileError(path: path, reason: "Cannot create a file in this folder: \(error).")
        }
        attempt += 1
      }
    }
  }
}
