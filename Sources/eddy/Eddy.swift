import ArgumentParser

@main
struct Eddy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eddy", abstract: "Recurrent language models on your own text.")
}
