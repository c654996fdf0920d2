import EddyFiles
import EddyLM
import SystemPackage
import Testing

@Suite("files of mixtures")
struct MixtureFileTests {
  static let mistakes: [(models: String, fragment: String)] = [
    ("[]", "a list of 1 to 64 models"),
    ("{}", "a list of 1 to 64 models"),
    ("[" + Array(repeating: "1", count: 65).joined(separator: ",") + "]", "1 to 64 models"),
    ("[1]", "mixture.models"),
    (#"[{"weight":1}]"#, "path"),
    (#"[{"path":1,"weight":1}]"#, "path"),
    (#"[{"path":"a"}]"#, "weight"),
    (#"[{"path":"a","weight":"1"}]"#, "weight"),
    (#"[{"path":"a","weight":-0.5},{"path":"b","weight":1.5}]"#, "weight"),
    (#"[{"path":"a","weight":0.5},{"path":"b","weight":0.4}]"#, "add up to 1"),
    (#"[{"path":"a","weight":1,"cache":{"size":0,"theta":0.3,"weight":0.1}}]"#, "size"),
    (#"[{"path":"a","weight":1,"cache":{"size":10,"theta":-1,"weight":0.1}}]"#, "theta"),
    (#"[{"path":"a","weight":1,"cache":{"size":10,"theta":1,"weight":1.1}}]"#, "weight"),
    (#"[{"path":"a","weight":1,"dynamic":{"rate":0,"decay":0,"window_length":20}}]"#, "rate"),
    (#"[{"path":"a","weight":1,"dynamic":{"rate":1,"decay":0}}]"#, "window_length"),
  ]

  @Test("what is no mixture is refused with the place", arguments: mistakes)
  func refused(models: String, fragment: String) throws {
    let folder = try TextFolder()
    let file = try folder.file(#"{"eddy.mixture":1,"models":"# + models + "}")
    expectFileError("This is no mixture of models") { _ = try ModelFile.read(file) }
    expectFileError(fragment) { _ = try ModelFile.read(file) }
  }

  @Test("a later version, a missing model, and a mixture of itself")
  func others() throws {
    let folder = try TextFolder()
    let models = #""models":[{"path":"text","weight":1}]}"#
    let later = try folder.file(#"{"eddy.mixture":2,"# + models)
    expectFileError("eddy.mixture") { _ = try ModelFile.read(later) }
    let own = try folder.file(#"{"eddy.mixture":1,"# + models)
    #expect(throws: MixtureError.nested(own.string)) { try ModelFile.read(own) }
    let missing = try folder.file(
      "other", #"{"eddy.mixture":1,"models":[{"path":"nothing","weight":1}]}"#)
    expectFileError("nothing") { _ = try ModelFile.read(missing) }
  }
}
