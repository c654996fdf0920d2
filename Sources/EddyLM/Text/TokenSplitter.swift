/// Cuts one text into tokens, piece by piece; what a piece leaves unfinished goes on in the next.
///
/// The tokens do not depend on where the pieces were cut.
protocol TokenSplitter {
  /// The bytes of the unfinished token that is kept.
  var pendingCount: Int { get }

  /// Hands the tokens of `piece` to `emit`, in order.
  ///
  /// - Parameter piece: Normalised text, cut between scalars.
  mutating func split(_ piece: Span<UInt8>, _ emit: (Span<UInt8>) -> Void)

  /// Hands over the last token of a text that does not end with a line feed.
  mutating func finish(_ emit: (Span<UInt8>) -> Void)
}

/// Every byte is a token.
struct ByteSplitter: TokenSplitter {
  var pendingCount: Int { 0 }

  mutating func split(_ piece: Span<UInt8>, _ emit: (Span<UInt8>) -> Void) {
    for index in piece.indices { emit(piece.extracting(index..<index + 1)) }
  }

  mutating func finish(_ emit: (Span<UInt8>) -> Void) {}
}

/// Every Unicode scalar is a token.
struct ScalarSplitter: TokenSplitter {
  var pendingCount: Int { 0 }

  mutating func split(_ piece: Span<UInt8>, _ emit: (Span<UInt8>) -> Void) {
    var start = 0
    while start < piece.count {
      let end = start + UTF8Scalars.length(of: piece[start])
      emit(piece.extracting(start..<end))
      start = end
    }
  }

  mutating func finish(_ emit: (Span<UInt8>) -> Void) {}
}

/// Every extended grapheme cluster is a token.
struct GraphemeSplitter: TokenSplitter {
  /// The last cluster so far, which what follows may extend.
  private var pending: [UInt8] = []

  var pendingCount: Int { pending.count }

  mutating func split(_ piece: Span<UInt8>, _ emit: (Span<UInt8>) -> Void) {
    pending.append(copying: piece)
    let text = String(decoding: pending, as: UTF8.self)
    var start = 0
    var end = 0
    for character in text {
      if end > start { emit(pending.span.extracting(start..<end)) }
      start = end
      end += character.utf8.count
    }
    pending.removeFirst(start)
  }

  mutating func finish(_ emit: (Span<UInt8>) -> Void) {
    if !pending.isEmpty { emit(pending.span) }
    pending = []
  }
}
