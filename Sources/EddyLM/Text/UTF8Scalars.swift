/// Scalars in valid UTF-8.
enum UTF8Scalars {
  /// The bytes of the scalar that begins with `lead`.
  @inline(__always)
  static func length(of lead: UInt8) -> Int {
    lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
  }

  @inline(__always)
  static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

  /// The scalar that begins at `position`.
  static func scalar(at position: Int, in bytes: Span<UInt8>) -> Unicode.Scalar {
    let lead = UInt32(bytes[position])
    func continuation(_ offset: Int) -> UInt32 { UInt32(bytes[position + offset] & 0x3F) }
    let value =
      switch length(of: bytes[position]) {
      case 1: lead
      case 2: (lead & 0x1F) << 6 | continuation(1)
      case 3: (lead & 0x0F) << 12 | continuation(1) << 6 | continuation(2)
      default:
        (lead & 0x07) << 18 | continuation(1) << 12 | continuation(2) << 6 | continuation(3)
      }
    return Unicode.Scalar(value) ?? "\u{FFFD}"
  }

  /// Whether the bytes are UTF-8.
  static func areValid(_ bytes: Span<UInt8>) -> Bool {
    fault(in: bytes) == nil
  }

  /// Where the bytes stop being UTF-8, and why; nil if all are.
  static func fault(in bytes: Span<UInt8>) -> (offset: Int, reason: String)? {
    do {
      _ = try UTF8Span(validating: bytes)
      return nil
    } catch {
      let offset = error.byteOffsets.lowerBound
      let next = offset + 1 < bytes.count ? bytes[offset + 1] : nil
      return (offset, reason(bytes[offset], next))
    }
  }

  /// What is wrong with a byte, given the one behind it. (`UTF8Span` calls a byte that is cut off one
  /// of too many if another character follows.)
  private static func reason(_ byte: UInt8, _ next: UInt8?) -> String {
    let cutOff = "begins a character that is cut off"
    switch byte {
    case 0x80...0xBF: return "continues a character that has not begun"
    case 0xC0, 0xC1: return "begins a character in more bytes than it needs"
    case 0xF5...: return "begins no character"
    default: break
    }
    guard let next, isContinuation(next) else { return cutOff }
    switch (byte, next) {
    case (0xE0, ..<0xA0), (0xF0, ..<0x90): return "begins a character in more bytes than it needs"
    case (0xED, 0xA0...): return "begins a surrogate"
    case (0xF4, 0x90...): return "begins no character"
    default: return cutOff
    }
  }

  /// Whether all is white space.
  static func areSpace(_ bytes: Span<UInt8>) -> Bool {
    var position = 0
    while position < bytes.count {
      guard scalar(at: position, in: bytes).isSpace else { return false }
      position += length(of: bytes[position])
    }
    return true
  }

  /// How many scalars begin in `bytes`.
  static func count(in bytes: Span<UInt8>) -> Int {
    var count = 0
    for index in bytes.indices where !isContinuation(bytes[index]) { count += 1 }
    return count
  }
}

/// Counts what stands between white space, piece by piece.
struct WordCounter {
  private var isInWord = false

  /// How many words begin in a piece, which is cut between scalars.
  mutating func count(_ piece: Span<UInt8>) -> Int {
    var count = 0
    var position = 0
    while position < piece.count {
      let byte = piece[position]
      let isSpace =
        byte < 0x80
        ? byte == 0x20 || byte >= 0x09 && byte <= 0x0D
        : UTF8Scalars.scalar(at: position, in: piece).isSpace
      if !isSpace && !isInWord { count += 1 }
      isInWord = !isSpace
      position += UTF8Scalars.length(of: byte)
    }
    return count
  }
}

extension Unicode.Scalar {
  /// Whether it has the Unicode property White_Space.
  var isSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
      0x3000:
      true
    default: false
    }
  }
}

extension [UInt8] {
  mutating func append(copying bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  init(copying bytes: Span<UInt8>) {
    self = []
    append(copying: bytes)
  }
}
