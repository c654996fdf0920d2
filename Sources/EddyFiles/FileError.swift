public import SystemPackage

/// Why a file could not be read or written.
public struct FileError: Error, Equatable {
  /// The file, as the caller named it.
  public var path: String
  /// One sentence for a person: the place, what was found, what was needed.
  public var reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public init(path: FilePath, reason: String) {
    self.init(path: path.string, reason: reason)
  }
}

extension FileError: CustomStringConvertible {
  public var description: String { "\(path.isEmpty ? "''" : path): \(reason)" }
}

extension FileError {
  /// The failure of a system call, in the words of the system.
  init(path: FilePath, doing action: String, _ errno: Errno) {
    self.init(path: path, reason: "Cannot \(action): \(errno).")
  }

  /// Runs a call of the system and turns what it throws into a `FileError`.
  static func wrapping<Result>(
    _ path: FilePath, _ action: String, _ body: () throws -> Result
  ) throws(FileError) -> Result {
    do {
      return try body()
    } catch let error as Errno {
      throw FileError(path: path, doing: action, error)
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError(path: path, reason: "Cannot \(action): \(error).")
    }
  }
}
