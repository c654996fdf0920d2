/// Tokens are what stands between white space; a line feed is `<eos>`.
struct WhitespaceSplitter: TokenSplitter {
  private static let endOfSentence = Tokenizer(kind: .whitespace).endOfSentence

  /// The beginning of a token whose end is not in sight.
  private var pending: [UInt8] = []

  var pendingCount: Int { pending.count }

  mutating func split(_ piece: Span<UInt8>, _ emit: (Span<UInt8>) -> Void) {
    let endOfSentence = Self.endOfSentence
    var start = 0
    var position = 0
    while position < piece.count {
      let byte = piece[position]
      if byte > 0x20 && byte < 0x80 {
        position += 1
        continue
      }
      let length = UTF8Scalars.length(of: byte)
      guard UTF8Scalars.scalar(at: position, in: piece).isSpace else {
        position += length
        continue
      }
      end(piece.extracting(start..<position), emit)
      if byte == UInt8(ascii: "\n") { emit(endOfSentence.span) }
      position += length
      start = position
    }
    pending.append(copying: piece.extracting(start..<position))
  }

  mutating func finish(_ emit: (Span<UInt8>) -> Void) {
    end(Span(), emit)
  }

  private mutating func end(_ rest: Span<UInt8>, _ emit: (Span<UInt8>) -> Void) {
    if pending.isEmpty {
      if !rest.isEmpty { emit(rest) }
    } else {
      pending.append(copying: rest)
      emit(pending.span)
      pending.removeAll(keepingCapacity: true)
    }
  }
}
