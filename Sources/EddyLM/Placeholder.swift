public struct Vocabulary: Sendable, Equatable { public var count: Int }
public struct TextCodec: Sendable, Equatable { public let vocabulary: Vocabulary }
