public import EddyNN

extension TrainingOptions {
  /// Trains a network on a text in memory, to the last update, and makes a language model of it: for programs that need no files,
  /// no validation and no checkpoints.
  ///
  /// - Parameters:
  ///   - tokens: At least `B·T + 1`.
  ///   - codec: That made the tokens.
  /// - Throws: ``TrainingError`` if the training diverges or the text is too short, and ``NoLanguageModel``
  public func trained(
    on tokens: some TokenSource, codec: TextCodec, team: ThreadTeam = .serial
  ) throws -> any LanguageModel {
    try check(tokens: tokens.count, vocabulary: codec.vocabulary.count)
    func train<Network: LanguageNetwork>(_: Network.Type) throws -> any LanguageModel {
      let start = Network(vocabulary: codec.vocabulary, options: self)
      var trainer = Trainer(
        state: TrainerState(network: start, options: self), tokens: tokens, options: self,
        team: team)
      for _ in 0..<trainer.totalUpdates { _ = try trainer.update() }
      return try trainer.state.result.languageModel(
        codec: codec, precision: .float32, team: team)
    }
    return try train(network)
  }
}
