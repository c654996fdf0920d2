import EddyFiles

/// The sizes of a network that do not depend on the vocabulary.
public struct NetworkSizes: Sendable, Equatable {
  /// `D`, the numbers in a word vector.
  public var embedding: Int
  /// `H`, the hidden units of each layer.
  public var hidden: Int
  /// The number of recurrent layers; 1 where there are none.
  public var layers: Int
  /// `n`, the words that are read for each prediction, on each side that is read; 1 in recurrent networks, which
  /// have a state for the others.
  public var context: Int
  /// Whether the decoder's rows are the word vectors: fewer weights, learned from both ends. Layers of another size than the
  /// vectors are then projected to it. For recurrent networks.
  ///
  /// Source: Press & Wolf, «Using the output embedding to improve language models», EACL 2017; Inan, Khosravi, Socher, «Tying
  /// word vectors and word classifiers», ICLR 2017.
  public var isTied: Bool

  /// The sizes that a file may name. Weights are packed into panels of 32 columns: this bounds how much
  /// larger than their file a layer of a single unit can make them.
  package static let layerSizes = 1...1 << 16
  /// The layers that a file may name: a checkpoint has up to 17 tensors for each, and a header is read up
  /// to 10,000.
  package static let layerCounts = 1...500
  /// The words of context that a file may name.
  package static let contexts = 1...64

  /// - Precondition: every size is at least 1.
  public init(
    embedding: Int, hidden: Int, layers: Int, context: Int = 1, isTied: Bool = false
  ) {
    precondition(
      embedding >= 1 && hidden >= 1 && layers >= 1 && context >= 1,
      "A network needs sizes of at least 1, found D = \(embedding), H = \(hidden), "
        + "\(layers) layers, \(context) words.")
    self.embedding = embedding
    self.hidden = hidden
    self.layers = layers
    self.context = context
    self.isTied = isTied
  }

  /// Whether there is a layer from the hidden units to what the decoder reads.
  var isProjected: Bool { isTied && hidden != embedding }
}

extension NetworkSizes {
  /// The sizes in the record of a network.
  init(_ record: JSONRecord, of kind: ModelKind) throws(JSONFieldError) {
    self.init(
      embedding: try record.integer("embedding_size", in: Self.layerSizes),
      hidden: try record.integer("hidden_size", in: Self.layerSizes),
      layers: try record.integer("layers", in: Self.layerCounts),
      context: kind.hasContext ? try record.integer("context", in: Self.contexts) : 1,
      isTied: try record.flag("tied"))
    // Averaged word vectors go to the decoder as they are.
    if kind.averagesContext, hidden != embedding {
      throw record.failure("hidden_size", "embedding_size")
    }
    if kind.hasContext, layers != 1 { throw record.failure("layers", "1") }
    if kind.hasContext, isTied { throw record.failure("tied", "false") }
  }
}
