import SystemPackage
import Testing

/// The folder beside the checkout with references and data, which not every machine has.
enum Shared {
  static let folder = FilePath(#filePath)
    .removingLastComponent().removingLastComponent().removingLastComponent()
    .removingLastComponent().removingLastComponent().appending("shared")

  /// Whether it is there; tests that need it are skipped otherwise.
  static let isPresent = (try? FileDescriptor.open(folder, .readOnly).close()) != nil

  /// Why a test was skipped.
  static let missing: Comment = "needs ../shared, which is not there"

  static func path(_ name: String) -> FilePath { folder.appending(FilePath(name).components) }
}
