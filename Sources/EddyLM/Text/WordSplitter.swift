/// Words and every other visible character are tokens; a line feed is `<eos>`.
///
/// A word is a run of letters, marks and digits, with apostrophes inside it (`don't`) and with
/// points and commas between its digits (`1,000.5`). Marks, joiners and emoji modifiers stay with
/// the character before them. A token that follows another without a space carries the joiner mark
/// `￭` (U+FFED) in front, so that text can be put together again. A U+FFED in the text is a token
/// of its own: alone it is the character, in front of anything it is the mark.
///
/// A literal `<unk>` is one token, without a joiner mark: the unknown word.
struct WordSplitter: TokenSplitter {
  /// U+FFED, the joiner mark.
  static let joiner: [UInt8] = [0xEF, 0xBF, 0xAD]

  private static let endOfSentence = Tokenizer(kind: .word).endOfSentence

  private enum Form { case none, word, symbol, joinerSymbol }

  /// The token that is being read, joiner mark included.
  private var token: [UInt8] = []
  private var form = Form.none
  /// Whether the next token follows another without a space.
  private var follows = false
  private var lastIsDigit = false
  /// The bytes at the end of a word that belong to it only if it goes on: an apostrophe, a point.
  private var doubtful = 0
  /// Whether it must go on with a digit.
  private var needsDigit = false
  /// How much of a literal `<unk>` was read; its `<` stands in `token`, the rest does not.
  private var matched = 0

  var pendingCount: Int { token.count }

  mutating func split(_ piece: Span<UInt8>, _ emit: (Span<UInt8>) -> Void) {
    var position = 0
    while position < piece.count {
      let byte = piece[position]
      let length = UTF8Scalars.length(of: byte)
      if matched > 0, match(byte, emit) {
        position += 1
        continue
      }
      let scalar = piece.extracting(position..<position + length)
      switch CharacterClass(of: piece, at: position) {
      case .space:
        end(emit)
        follows = false
        if byte == UInt8(ascii: "\n") { emit(Self.endOfSentence.span) }
      case .letter:
        continueWord(emit, isDigit: false)
        var run = position + length
        while run < piece.count, CharacterClass.isASCIILetter(piece[run]) { run += 1 }
        token.append(copying: piece.extracting(position..<run))
        position = run
        continue
      case .digit:
        continueWord(emit, isDigit: true)
        token.append(copying: scalar)
      case .extender:
        if doubtful > 0 { cutDoubtful(emit) }
        if form == .none || form == .joinerSymbol { begin(.word, emit) }
        lastIsDigit = false
        token.append(copying: scalar)
      case .apostrophe where form == .word && doubtful == 0:
        doubt(scalar, needsDigit: false)
      case .separator where form == .word && doubtful == 0 && lastIsDigit:
        doubt(scalar, needsDigit: true)
      case .joiner:
        begin(.joinerSymbol, emit)
        token.append(copying: scalar)
      case .apostrophe, .separator, .other:
        begin(.symbol, emit)
        token.append(copying: scalar)
        if byte == Tokenizer.unknown[0] { matched = 1 }
      }
      position += length
    }
  }

  mutating func finish(_ emit: (Span<UInt8>) -> Void) {
    if matched > 0 { _ = match(0, emit) }
    end(emit)
    follows = false
  }

  /// Goes on reading `<unk>`; if `byte` does not fit, what was read becomes ordinary tokens.
  private mutating func match(_ byte: UInt8, _ emit: (Span<UInt8>) -> Void) -> Bool {
    let unknown = Tokenizer.unknown
    if byte == unknown[matched] {
      matched += 1
      if matched == unknown.count {
        emit(unknown.span)
        forget()
      }
      return true
    }
    let letters = unknown[1..<matched]
    matched = 0
    if !letters.isEmpty {
      begin(.word, emit)
      token += letters
    }
    return false
  }

  private mutating func continueWord(_ emit: (Span<UInt8>) -> Void, isDigit: Bool) {
    if doubtful > 0 {
      if needsDigit && !isDigit { cutDoubtful(emit) }
      doubtful = 0
    }
    if form != .word { begin(.word, emit) }
    lastIsDigit = isDigit
  }

  private mutating func doubt(_ scalar: Span<UInt8>, needsDigit: Bool) {
    token.append(copying: scalar)
    doubtful = scalar.count
    self.needsDigit = needsDigit
  }

  /// Ends the word before the doubtful character, which becomes a symbol.
  private mutating func cutDoubtful(_ emit: (Span<UInt8>) -> Void) {
    let word = token.count - doubtful
    emit(token.span.extracting(..<word))
    token.replaceSubrange(..<word, with: Self.joiner)
    form = .symbol
    doubtful = 0
  }

  private mutating func begin(_ form: Form, _ emit: (Span<UInt8>) -> Void) {
    end(emit)
    self.form = form
    lastIsDigit = false
    if follows { token += Self.joiner }
  }

  private mutating func end(_ emit: (Span<UInt8>) -> Void) {
    guard form != .none else { return }
    if doubtful > 0 { cutDoubtful(emit) }
    emit(token.span)
    forget()
  }

  private mutating func forget() {
    token.removeAll(keepingCapacity: true)
    form = .none
    matched = 0
    follows = true
  }
}

/// What a character is to the word splitter.
private enum CharacterClass {
  case space, letter, digit, extender, apostrophe, separator, joiner, other

  @inline(__always)
  init(of bytes: Span<UInt8>, at position: Int) {
    let byte = bytes[position]
    if Self.isASCIILetter(byte) {
      self = .letter
    } else if byte < 0x80 {
      switch byte {
      case 0x09...0x0D, 0x20: self = .space
      case UInt8(ascii: "0")...UInt8(ascii: "9"): self = .digit
      case UInt8(ascii: "'"): self = .apostrophe
      case UInt8(ascii: "."), UInt8(ascii: ","): self = .separator
      default: self = .other
      }
    } else {
      self.init(UTF8Scalars.scalar(at: position, in: bytes))
    }
  }

  private init(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\u{2019}": self = .apostrophe
    case "\u{200C}", "\u{200D}": self = .extender
    case "\u{FFED}": self = .joiner
    case _ where scalar.isSpace: self = .space
    default:
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        self = .letter
      case .nonspacingMark, .spacingMark, .enclosingMark: self = .extender
      case .decimalNumber: self = .digit
      default: self = scalar.properties.isEmojiModifier ? .extender : .other
      }
    }
  }

  @inline(__always)
  static func isASCIILetter(_ byte: UInt8) -> Bool {
    byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
  }
}
