import EddyFiles
import EddyLM
import EddyNN
import SystemPackage
import Testing

@Suite("tied networks")
struct TiedNetworkTests {
  private static let words = TextCodec.words.vocabulary.count
  /// With a projection, and without.
  static let sizes = [
    NetworkSizes(embedding: 7, hidden: 19, layers: 2, isTied: true),
    NetworkSizes(embedding: 19, hidden: 19, layers: 1, isTied: true),
  ]

  private func network<Cell: RecurrentCell>(
    _: Cell.Type, _ sizes: NetworkSizes
  ) -> RecurrentNetwork<Cell> {
    RecurrentNetwork<Cell>(vocabularySize: Self.words, sizes: sizes, range: 0.5, seed: 8)
  }

  private func write(_ network: some LanguageNetwork, to path: FilePath) throws {
    var options = TrainingOptions()
    options.sizes = network.sizes
    try ModelFile.write(
      network, codec: .words, options: options, updates: 7,
      validation: Evaluation(
        tokens: 5, vocabularySize: 9, unknownTokens: 0, logProbability: -9,
        knownLogProbability: -9, size: TextSize(characters: 9, bytes: 9)), to: path)
  }

  private func scores(_ model: some LanguageModel) -> [UInt64] {
    SentenceScorer(model).score(["you say hello", "goodbye", "", "zebra"])
      .map(\.logProbability.bitPattern)
  }

  @Test("the decoder has the word vectors, and fewer weights", arguments: sizes)
  func shared(sizes: NetworkSizes) {
    var network = network(LSTMCell.self, sizes)
    #expect(network.isTied && network.sizes == sizes)
    #expect(network.decoder.weights == network.embedding.weights)
    network.embedding.weights[2, 3] = 5
    #expect(network.decoder.weights[2, 3] == 5)
    network.decoder.weights[2, 3] = 6
    #expect(network.embedding.weights[2, 3] == 6)
    var untied = sizes
    untied.isTied = false
    let projection = sizes.hidden == sizes.embedding ? 0 : 19 * 7 + 7
    let other = self.network(LSTMCell.self, untied)
    #expect(
      network.parameterCount == other.parameterCount - Self.words * sizes.hidden + projection)
    #expect(
      network.parameters.map(\.name)
        == RecurrentNetwork<LSTMCell>.shapes(vocabularySize: Self.words, sizes: sizes).map(\.name))
  }

  @Test(
    "a file holds the vectors once and gives the same scores, in every precision",
    arguments: sizes, Precision.allCases)
  func file(sizes: NetworkSizes, precision: Precision) throws {
    let folder = try TextFolder()
    let (whole, small) = (folder.path.appending("whole"), folder.path.appending("small"))
    let network = network(GRUCell.self, sizes)
    try write(network, to: whole)
    let file = try Safetensors(path: whole)
    #expect(file.tensors["decoder.weight"] == nil && file.tensors["encoder.weight"] != nil)
    #expect((file.tensors["projection.weight"] == nil) == (sizes.hidden == sizes.embedding))
    #expect(file.metadata["eddy.format"] == "3")
    let (read, _) = try ModelFile.readNetwork(whole)
    #expect(read as? RecurrentNetwork<GRUCell> == network)
    let expected = scores(RecurrentModel(codec: .words, network: network, precision: precision))
    #expect(try scores(ModelFile.read(whole, precision: precision)) == expected)
    guard precision != .float32 else { return }
    try ModelFile.quantise(whole, to: precision, output: small)
    #expect(try scores(ModelFile.read(small)) == expected)
  }

  @Test("new words begin as the unknown one, and share its probability", arguments: sizes)
  func growth(sizes: NetworkSizes) {
    let network = network(RNNCell.self, sizes)
    let grown = network.grown(to: Self.words + 3, unknown: 0)
    #expect(grown.isTied && grown.vocabularySize == Self.words + 3)
    #expect(grown.decoder.weights.rows([Self.words]) == network.embedding.weights.rows([0]))
    #expect(grown.decoder.bias[0, 0] < network.decoder.bias[0, 0])
  }

  @Test("both doors give the same bits", arguments: sizes)
  func doors(sizes: NetworkSizes) {
    let model = RecurrentModel(codec: .words, network: network(LSTMCell.self, sizes))
    let text = [1, 3, 5, 2, 4]
    var (state, other) = (model.initialState(batchSize: 1), model.initialState(batchSize: 1))
    let values = model.logProbabilities(
      of: Array(text.dropFirst()), after: Array(text.dropLast()), state: &state,
      team: ThreadTeam(count: 2))
    for (index, value) in values.enumerated() {
      let next = model.advance([text[index]], state: &other, team: .serial)
      #expect(next[0, text[index + 1]] == value)
    }
    #expect(state == other)
  }
}
