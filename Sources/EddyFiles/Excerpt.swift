extension String {
  /// The text in quotes for a message, shortened: what a file says may be long.
  package var quotedExcerpt: String {
    let scalars = unicodeScalars
    let end = scalars.index(scalars.startIndex, offsetBy: 60, limitedBy: scalars.endIndex)
    guard let end, end < scalars.endIndex else { return "'\(self)'" }
    return "'\(String(scalars[..<end]))…'"
  }
}
