/// Cuts text into the words within which bytes are joined, as GPT-2 does:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
///
/// Where no token joins lines, a line feed is a word of its own, which gives the same tokens.
///
/// What is no UTF-8 counts as neither letter, number nor space, byte by byte.
///
/// Source: Radford et al., «Language models are unsupervised multitask learners», 2019; the expression is that of
/// its published encoder.
struct PieceSplitter: TokenSplitter {
  /// Whether a line feed may be part of a longer token; if it never is, it is handed over by itself at once.
  let joinsLines: Bool
  /// What was not cut yet.
  private var pending: [UInt8] = []

  init(joinsLines: Bool) { self.joinsLines = joinsLines }

  var pendingCount: Int { pending.count }

  mutating func split(_ piece: Span<UInt8>, _ emit: (Span<UInt8>) -> Void) {
    pending.append(copying: piece)
    cut(isEnd: false, emit)
  }

  mutating func finish(_ emit: (Span<UInt8>) -> Void) { cut(isEnd: true, emit) }

  /// Hands over all words whose end is certain.
  private mutating func cut(isEnd: Bool, _ emit: (Span<UInt8>) -> Void) {
    let bytes = pending
    let text = bytes.span
    var start = 0
    while start < text.count, let end = wordEnd(text, from: start, isEnd: isEnd) {
      emit(text.extracting(start..<end))
      start = end
    }
    pending.removeFirst(start)
  }

  private enum Kind { case letter, number, space, other }

  /// Where the word that begins at `start` ends; nil if it may go on behind the text.
  private func wordEnd(_ text: Span<UInt8>, from start: Int, isEnd: Bool) -> Int? {
    let feed = UInt8(ascii: "\n")
    if !joinsLines, text[start] == feed { return start + 1 }
    if text[start] == UInt8(ascii: "'") {
      if !isEnd, text.count - start < 3 { return nil }
      if let end = Self.contractionEnd(text, from: start) { return end }
    }
    // One space belongs to the word behind it.
    var run = start
    var kind = Self.character(text, at: start).kind
    if text[start] == UInt8(ascii: " ") {
      guard start + 1 < text.count else { return isEnd ? text.count : nil }
      let next = Self.character(text, at: start + 1).kind
      if next != .space { (run, kind) = (start + 1, next) }
    }
    var end = run
    var last = run
    while end < text.count {
      let next = Self.character(text, at: end)
      guard next.kind == kind else { break }
      // What stands before a line feed is at its end.
      if !joinsLines, text[end] == feed { return end }
      last = end
      end += next.length
    }
    guard end < text.count || isEnd else { return nil }
    // Of several spaces the last belongs to what follows, or is a word of its own.
    return kind == .space && end < text.count && last > start ? last : end
  }

  private static func contractionEnd(_ text: Span<UInt8>, from start: Int) -> Int? {
    guard start + 1 < text.count else { return nil }
    switch text[start + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return start + 2
    default: break
    }
    guard start + 2 < text.count else { return nil }
    switch (text[start + 1], text[start + 2]) {
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    default: return nil
    }
  }

  private static func character(_ text: Span<UInt8>, at position: Int) -> (kind: Kind, length: Int)
  {
    let byte = text[position]
    guard byte >= 0x80 else {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
        return (.letter, 1)
      case UInt8(ascii: "0")...UInt8(ascii: "9"): return (.number, 1)
      case 0x09...0x0D, 0x20: return (.space, 1)
      default: return (.other, 1)
      }
    }
    let length = UTF8Scalars.length(of: byte)
    guard byte >= 0xC2, position + length <= text.count,
      UTF8Scalars.areValid(text.extracting(position..<position + length))
    else { return (.other, 1) }
    let scalar = UTF8Scalars.scalar(at: position, in: text)
    if scalar.isSpace { return (.space, length) }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return (.letter, length)
    case .decimalNumber, .letterNumber, .otherNumber: return (.number, length)
    default: return (.other, length)
    }
  }
}
