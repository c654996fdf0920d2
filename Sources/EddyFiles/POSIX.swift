internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The system calls that `SystemPackage` lacks, each throwing `Errno`.
enum POSIX {
  /// What a path or descriptor leads to.
  enum Kind: Equatable {
    case regular
    case folder
    case other

    init(mode: mode_t) {
      switch mode & S_IFMT {
      case S_IFREG: self = .regular
      case S_IFDIR: self = .folder
      default: self = .other
      }
    }
  }

  static func status(of descriptor: FileDescriptor) throws(Errno) -> (kind: Kind, size: Int) {
    var status = stat()
    guard unsafe fstat(descriptor.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    return (Kind(mode: status.st_mode), Int(status.st_size))
  }

  /// What stands at `path`, links followed; `nil` if nothing does.
  static func kind(at path: FilePath) throws(Errno) -> Kind? {
    var status = stat()
    let result = unsafe path.withPlatformString { unsafe stat($0, &status) }
    if result == 0 { return Kind(mode: status.st_mode) }
    if errno == ENOENT { return nil }
    throw Errno(rawValue: errno)
  }

  static func synchronize(_ descriptor: FileDescriptor) throws(Errno) {
    while fsync(descriptor.rawValue) != 0 {
      if errno != EINTR { throw Errno(rawValue: errno) }
    }
  }

  /// Closes a file whose contents were synced.
  ///
  /// A signal in between does not matter: the descriptor is gone all the same, and a second try could close
  /// somebody else's.
  static func close(_ descriptor: FileDescriptor) throws {
    do {
      try descriptor.close()
    } catch Errno.interrupted {
    }
  }

  /// Makes the names in `folder` survive a power cut, where the file system can.
  static func synchronize(folder: FilePath) throws {
    let descriptor = try FileDescriptor.open(
      folder, .readOnly, options: [.directory, .closeOnExec])
    // It was only read, so that closing it cannot lose anything.
    defer { try? descriptor.close() }
    do {
      try synchronize(descriptor)
    } catch Errno.invalidArgument {
      // Some network file systems cannot sync a folder; the rename itself has happened.
    }
  }

  static func rename(_ source: FilePath, to target: FilePath) throws {
    try unsafe source.withPlatformString { source in
      try unsafe target.withPlatformString { target in
        while unsafe Self.rename(source, target) != 0 {
          if errno != EINTR { throw Errno(rawValue: errno) }
        }
      }
    }
  }

  private static func rename(
    _ source: UnsafePointer<CInterop.PlatformChar>, _ target: UnsafePointer<CInterop.PlatformChar>
  ) -> CInt {
    #if canImport(Glibc)
      unsafe Glibc.rename(source, target)
    #elseif canImport(Musl)
      unsafe Musl.rename(source, target)
    #elseif canImport(Darwin)
      unsafe Darwin.rename(source, target)
    #endif
  }

  /// Makes a folder, unless it is there.
  static func makeFolder(_ path: FilePath) throws(Errno) {
    let failure = unsafe path.withPlatformString { path in
      while unsafe mkdir(path, 0o777) != 0 {
        if errno != EINTR { return errno }
      }
      return 0
    }
    if failure != 0, failure != EEXIST { throw Errno(rawValue: failure) }
  }

  /// Removes a file, if it is there.
  static func remove(_ path: FilePath) throws(Errno) {
    let failure = unsafe path.withPlatformString { path in
      while unsafe unlink(path) != 0 {
        if errno != EINTR { return errno }
      }
      return 0
    }
    if failure != 0, failure != ENOENT { throw Errno(rawValue: failure) }
  }

  static func truncate(_ descriptor: FileDescriptor, to length: Int) throws(Errno) {
    while ftruncate(descriptor.rawValue, off_t(length)) != 0 {
      if errno != EINTR { throw Errno(rawValue: errno) }
    }
  }

  /// Takes the lock on a file or folder that goes with its descriptor.
  ///
  /// - Returns: Whether no other process has it. Where the file system has no locks, nobody has.
  static func lock(_ descriptor: FileDescriptor) throws(Errno) -> Bool {
    while flock(descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 {
      switch Errno(rawValue: errno) {
      case .interrupted: continue
      case .wouldBlock: return false
      case .notSupported, .notSupportedOnSocket, .noLocks, .invalidArgument, .badFileDescriptor:
        return true
      case let other: throw other
      }
    }
    return true
  }

  static var processIdentifier: Int { Int(getpid()) }
}
