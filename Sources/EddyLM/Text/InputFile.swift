import EddyFiles
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Opening regular files to read them.
enum InputFile {
  /// Opens a regular file; refuses folders, pipes and devices without waiting for them.
  static func open(_ path: FilePath) throws(FileError) -> (descriptor: FileDescriptor, size: Int) {
    let descriptor: FileDescriptor
    do {
      descriptor = try FileDescriptor.open(path, .readOnly, options: [.nonBlocking, .closeOnExec])
    } catch {
      throw FileError(path: path, reason: "Cannot open: \(error).")
    }
    var status = stat()
    let result = unsafe fstat(descriptor.rawValue, &status)
    let kind = status.st_mode & S_IFMT
    guard result == 0, kind == S_IFREG else {
      try? descriptor.close()
      let found = kind == S_IFDIR ? "a folder" : "a pipe or device"
      throw FileError(
        path: path,
        reason: "This is \(found); a regular file was needed, or '-' for the standard input.")
    }
    return (descriptor, Int(status.st_size))
  }

  /// Bytes of an open file; nil if that cannot be found out.
  static func size(of descriptor: FileDescriptor) -> Int? {
    var status = stat()
    return unsafe fstat(descriptor.rawValue, &status) == 0 ? Int(status.st_size) : nil
  }

  static func checkStandardInput() throws(FileError) {
    var status = stat()
    guard unsafe fstat(FileDescriptor.standardInput.rawValue, &status) == 0 else {
      throw FileError(path: "standard input", reason: "It is closed; a text was needed.")
    }
  }
}
