import Foundation

/// Unicode normalisation form C of short runs of text.
///
/// Foundation's own normalisation of whole strings takes time in the square of a run of marks, and
/// goes wrong after Korean syllables; so it is asked for single characters and pairs only, and
/// Korean is computed. The pairs that its tables lack, up to Unicode 16, stand here.
struct CanonicalComposition: Sendable {
  /// Answers that are kept, so that memory is bounded.
  private static let cacheLimit = 1 << 16

  private var decompositions: [Unicode.Scalar: [Unicode.Scalar]] = [:]
  private var composites: [Pair: Unicode.Scalar?] = [:]

  private struct Pair: Hashable {
    let first, second: Unicode.Scalar
  }

  private static let supplement: [Pair: Unicode.Scalar?] = {
    let known: [(Unicode.Scalar, Unicode.Scalar, Unicode.Scalar)] = [
      ("\u{CCA}", "\u{CD5}", "\u{CCB}"),
      ("\u{105D2}", "\u{307}", "\u{105C9}"), ("\u{105DA}", "\u{307}", "\u{105E4}"),
      ("\u{11382}", "\u{113C9}", "\u{11383}"), ("\u{11384}", "\u{113BB}", "\u{11385}"),
      ("\u{1138B}", "\u{113C2}", "\u{1138E}"), ("\u{11390}", "\u{113C9}", "\u{11391}"),
      ("\u{113C2}", "\u{113C2}", "\u{113C5}"), ("\u{113C2}", "\u{113B8}", "\u{113C7}"),
      ("\u{113C2}", "\u{113C9}", "\u{113C8}"), ("\u{1611E}", "\u{1611E}", "\u{16121}"),
      ("\u{1611E}", "\u{16129}", "\u{16122}"), ("\u{1611E}", "\u{1611F}", "\u{16123}"),
      ("\u{16129}", "\u{1611F}", "\u{16124}"), ("\u{1611E}", "\u{16120}", "\u{16125}"),
      ("\u{16121}", "\u{1611F}", "\u{16126}"), ("\u{16122}", "\u{1611F}", "\u{16127}"),
      ("\u{16121}", "\u{16120}", "\u{16128}"), ("\u{16D67}", "\u{16D67}", "\u{16D68}"),
      ("\u{16D63}", "\u{16D67}", "\u{16D69}"), ("\u{16D69}", "\u{16D67}", "\u{16D6A}"),
    ]
    return Dictionary(
      uniqueKeysWithValues: known.map { (Pair(first: $0, second: $1), Optional($2)) })
  }()

  /// - Parameter text: UTF-8 that begins and ends where text can be cut.
  /// - Complexity: O(n log n)
  mutating func composed(_ text: Span<UInt8>) -> [UInt8] {
    var scalars: [Unicode.Scalar] = []
    for scalar in String(decoding: [UInt8](copying: text), as: UTF8.self).unicodeScalars {
      scalars += decomposition(of: scalar)
    }
    Self.order(&scalars)
    var result = String.UnicodeScalarView()
    result.append(contentsOf: compose(scalars))
    return Array(String(result).utf8)
  }

  private mutating func decomposition(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    if let syllable = Hangul.decomposition(of: scalar) { return syllable }
    if let known = decompositions[scalar] { return known }
    let parts = Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars)
    if decompositions.count >= Self.cacheLimit { decompositions = [:] }
    decompositions[scalar] = parts
    return parts
  }

  /// Brings runs of marks into the order of their combining classes, equal ones left as they stand.
  private static func order(_ scalars: inout [Unicode.Scalar]) {
    let classes = scalars.map { $0.properties.canonicalCombiningClass.rawValue }
    var start = 0
    while start < scalars.count {
      guard classes[start] != 0 else {
        start += 1
        continue
      }
      let end = classes[start...].firstIndex(of: 0) ?? classes.count
      let sorted = (start..<end).sorted { (classes[$0], $0) < (classes[$1], $1) }
      scalars.replaceSubrange(start..<end, with: sorted.map { scalars[$0] })
      start = end
    }
  }

  private mutating func compose(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var starter: Int?
    // The combining class of the last character, if it is not the starter itself.
    var lastClass: UInt8 = 0
    for scalar in scalars {
      let combiningClass = scalar.properties.canonicalCombiningClass.rawValue
      if let starter, lastClass == 0 || lastClass < combiningClass,
        let composite = composite(Pair(first: result[starter], second: scalar))
      {
        result[starter] = composite
        continue
      }
      if combiningClass == 0 { starter = result.count }
      lastClass = combiningClass
      result.append(scalar)
    }
    return result
  }

  private mutating func composite(_ pair: Pair) -> Unicode.Scalar? {
    if pair.second.beginsSegment { return nil }
    if let syllable = Hangul.composite(pair.first, pair.second) { return syllable }
    if Hangul.isJamo(pair.second) { return nil }
    if let known = Self.supplement[pair] ?? composites[pair] { return known }
    var text = String.UnicodeScalarView([pair.first])
    text.append(pair.second)
    let composed = String(text).precomposedStringWithCanonicalMapping.unicodeScalars
    let composite = composed.count == 1 ? composed.first : nil
    if composites.count >= Self.cacheLimit { composites = [:] }
    composites[pair] = .some(composite)
    return composite
  }
}

/// Korean syllables, which are computed (The Unicode Standard, section 3.12).
private enum Hangul {
  private static let (leads, vowels, trails): (UInt32, UInt32, UInt32) = (0x1100, 0x1161, 0x11A7)
  private static let (leadCount, vowelCount, trailCount): (UInt32, UInt32, UInt32) = (19, 21, 28)
  private static let syllables: UInt32 = 0xAC00
  private static let syllableCount = leadCount * vowelCount * trailCount

  /// Whether it is a vowel or trailing consonant.
  static func isJamo(_ scalar: Unicode.Scalar) -> Bool { (0x1160...0x11FF).contains(scalar.value) }

  static func decomposition(of scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
    guard scalar.value >= syllables, scalar.value < syllables + syllableCount else { return nil }
    let index = scalar.value - syllables
    let values = [
      leads + index / (vowelCount * trailCount), vowels + index / trailCount % vowelCount,
      trails + index % trailCount,
    ]
    return values.filter { $0 != trails }.compactMap(Unicode.Scalar.init)
  }

  static func composite(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    let (first, second) = (first.value, second.value)
    if first >= leads, first < leads + leadCount, second >= vowels, second < vowels + vowelCount {
      let index = (first - leads) * vowelCount + (second - vowels)
      return Unicode.Scalar(syllables + index * trailCount)
    }
    if first >= syllables, first < syllables + syllableCount,
      (first - syllables) % trailCount == 0, second > trails, second < trails + trailCount
    {
      return Unicode.Scalar(first + (second - trails))
    }
    return nil
  }
}
