/// Turns bytes that come in any pieces into text: a character is given out when it is complete.
package struct UTF8Assembler: Sendable {
  private var pending: [UInt8] = []

  package init() {}

  /// The text that these bytes complete. What can never become UTF-8 turns into U+FFFD.
  package mutating func text(_ bytes: [UInt8]) -> String {
    pending += bytes
    let complete = pending.count - Self.incompleteCount(pending)
    defer { pending.removeSubrange(..<complete) }
    return String(decoding: pending[..<complete], as: UTF8.self)
  }

  /// What is left at the end of the text: U+FFFD if a character was cut off.
  package mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// How many bytes at the end begin a character that further bytes may complete: 0 … 3.
  static func incompleteCount(_ bytes: [UInt8]) -> Int {
    for count in 1...3 where count <= bytes.count {
      let tail = bytes.suffix(count)
      guard let lead = tail.first, lead & 0xC0 != 0x80 else { continue }
      let needed: Int
      let second: ClosedRange<UInt8>
      switch lead {
      case 0xC2...0xDF: (needed, second) = (2, 0x80...0xBF)
      case 0xE0: (needed, second) = (3, 0xA0...0xBF)
      case 0xED: (needed, second) = (3, 0x80...0x9F)
      case 0xE1...0xEF: (needed, second) = (3, 0x80...0xBF)
      case 0xF0: (needed, second) = (4, 0x90...0xBF)
      case 0xF1...0xF3: (needed, second) = (4, 0x80...0xBF)
      case 0xF4: (needed, second) = (4, 0x80...0x8F)
      default: return 0
      }
      let isPossible = count < 2 || second.contains(tail[tail.startIndex + 1])
      return count < needed && isPossible ? count : 0
    }
    return 0
  }
}
