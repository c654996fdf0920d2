import Foundation
import Testing

@Suite("the run folder")
struct RunFolderTests {
  @Test("a folder that holds a model is refused without --overwrite, and the model stays")
  func holdsModel() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    expectDone(try Fixture.train(text, output: folder("run")))
    let names = try folder.names(in: "run")
    let before = try names.map { try bytes(of: folder("run/\($0)")) }

    let again = try Fixture.train(text, output: folder("run"), options: ["--seed", "6"])
    expectRefused(again, folder("run"), "--overwrite")
    #expect(try folder.names(in: "run") == names)
    #expect(try names.map { try bytes(of: folder("run/\($0)")) } == before)

    expectDone(
      try Fixture.train(text, output: folder("run"), options: ["--seed", "6", "--overwrite"]))
    let model = try #require(names.firstIndex(of: "model.safetensors"))
    #expect(try bytes(of: folder("run/model.safetensors")) != before[model])
  }

  @Test("a text that is refused leaves the model that was there")
  func badText() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    expectDone(try Fixture.train(text, output: folder("run")))
    let before = try bytes(of: folder("run/model.safetensors"))
    let bad = try folder.file("bad", [0x61, 0xFF, 0x0A])
    expectRefused(
      try Fixture.train(bad, output: folder("run"), options: ["--overwrite"]), "bad", "byte 1")
    #expect(try bytes(of: folder("run/model.safetensors")) == before)
  }

  @Test("a file, or a folder that cannot be made")
  func noFolder() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("text", Fixture.text)
    expectRefused(try Fixture.train(text, output: text), text)
    expectRefused(try Fixture.train(text, output: text + "/run"), text)
  }
}
