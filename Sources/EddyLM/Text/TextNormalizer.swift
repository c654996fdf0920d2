/// Brings text into one form, piece by piece: every line end a line feed (LF, CRLF, CR, U+0085,
/// U+2028, U+2029), Unicode normalisation form C, lower case on request.
///
/// The result does not depend on where the pieces were cut.
struct TextNormalizer {
  private let lowercase: Bool
  /// Text with its line ends in order, from the last place where it could be cut.
  private var pending: [UInt8] = []
  private var endsInReturn = false
  private var composition = CanonicalComposition()
  /// The line ends so far.
  private(set) var lineCount = 0

  init(lowercase: Bool) { self.lowercase = lowercase }

  /// The bytes that wait for a place where text can be cut.
  var pendingCount: Int { pending.count }

  /// Takes more text.
  ///
  /// - Parameter piece: UTF-8, cut between scalars.
  mutating func append(_ piece: Span<UInt8>) {
    pending.reserveCapacity(pending.count + piece.count)
    var start = 0
    var position = 0
    while position < piece.count {
      let byte = piece[position]
      // The first bytes of CR, U+0085, U+2028 and U+2029; LF counts a line.
      guard byte == 0x0A || byte == 0x0D || byte == 0xC2 || byte == 0xE2 else {
        position += 1
        endsInReturn = false
        continue
      }
      let length = UTF8Scalars.length(of: byte)
      switch UTF8Scalars.scalar(at: position, in: piece) {
      case "\n" where endsInReturn:
        pending.append(copying: piece.extracting(start..<position))
        endsInReturn = false
        start = position + length
      case "\n":
        lineCount += 1
      case "\r", "\u{85}", "\u{2028}", "\u{2029}":
        pending.append(copying: piece.extracting(start..<position))
        pending.append(UInt8(ascii: "\n"))
        endsInReturn = byte == UInt8(ascii: "\r")
        lineCount += 1
        start = position + length
      default:
        endsInReturn = false
      }
      position += length
    }
    pending.append(copying: piece.extracting(start..<position))
  }

  /// Hands over, normalised, the text that what follows cannot change.
  mutating func take() -> [UInt8] {
    var end = pending.count
    repeat {
      guard end > 0 else { return [] }
      end -= 1
    } while !isCut(end)
    guard end > 0 else { return [] }
    let whole = pending
    pending = Array(whole[end...])
    return normalised(whole.span.extracting(..<end))
  }

  /// Hands over, normalised, all the rest.
  mutating func takeAll() -> [UInt8] {
    let whole = pending
    pending = []
    return normalised(whole.span)
  }

  private func isCut(_ position: Int) -> Bool {
    let bytes = pending.span
    return !UTF8Scalars.isContinuation(bytes[position])
      && UTF8Scalars.scalar(at: position, in: bytes).beginsSegment
  }

  private mutating func normalised(_ text: Span<UInt8>) -> [UInt8] {
    let text = composed(text)
    guard lowercase else { return text }
    // A lower-case letter may compose with a mark where its upper-case letter does not.
    return composed(Self.lowercased(text).span)
  }

  private static func lowercased(_ text: [UInt8]) -> [UInt8] {
    Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
  }

  /// Normalisation form C. Runs of characters that are in that form by themselves are only copied.
  private mutating func composed(_ text: Span<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var copied = 0
    // Where the last character begins: a mark may join it.
    var last = 0
    var position = 0
    while position < text.count {
      // Below U+0300, everything is composed.
      if text[position] < 0xCC || UTF8Scalars.scalar(at: position, in: text).isComposed {
        last = position
        position += UTF8Scalars.length(of: text[position])
        continue
      }
      result.append(copying: text.extracting(copied..<last))
      copied = Self.segmentEnd(in: text, from: position, start: last)
      result += composition.composed(text.extracting(last..<copied))
      last = copied
      position = copied
    }
    result.append(copying: text.extracting(copied..<text.count))
    return result
  }

  /// The place before the next character that is composed whatever stands before it; or, so that
  /// segments stay short, one that cannot combine with what stands before it.
  private static func segmentEnd(in text: Span<UInt8>, from position: Int, start: Int) -> Int {
    var end = position
    while end < text.count {
      let scalar = UTF8Scalars.scalar(at: end, in: text)
      if scalar.isComposed || (end - start > 4096 && scalar.beginsSegment) { break }
      end += UTF8Scalars.length(of: text[end])
    }
    return end
  }
}

extension Unicode.Scalar {
  /// Whether normalisation can cut before it: it combines with nothing that stands before it.
  var beginsSegment: Bool {
    if isComposed { return true }
    switch value {
    case 0x1160...0x11FF, 0xD7B0...0xD7FF, 0x16D63, 0x16D67...0x16D68: return false
    default: break
    }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return false
    default: return properties.canonicalCombiningClass == .notReordered
    }
  }

  /// Whether it lies in one of the large ranges of characters that are in normalisation form C
  /// whatever stands before them.
  fileprivate var isComposed: Bool {
    switch value {
    case ..<0x300,  // Latin
      0x400...0x482, 0x48A...0x52F,  // Cyrillic
      0x5D0...0x5EA,  // Hebrew
      0x620...0x64A,  // Arabic
      0x2010...0x2027, 0x2030...0x205E,  // punctuation
      0x3041...0x3096, 0x30A1...0x30FF,  // kana
      0x4E00...0x9FFF,  // Chinese characters
      0xAC00...0xD7A3,  // Korean syllables
      0x1F300...0x1FAFF:  // pictographs
      true
    default: false
    }
  }
}
