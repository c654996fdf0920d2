import EddyFiles
public import SystemPackage
public struct TextOptions: Sendable { public init(tokenizer: Tokenizer, vocabularyLimit: Int?, minimumCount: Int) {} ; public var tokenizer = Tokenizer(kind: .word); public var vocabularyLimit: Int?; public var minimumCount = 1}
public struct TrainingTexts: Sendable { public var codec: TextCodec; public var training: [Int]; public var validation: [Int]; public var validationSize: TextSize; public var summary: String
 public static func prepare(texts: [FilePath], validation: [FilePath], text: TextOptions, folder: FilePath) throws -> TrainingTexts { fatalError() } }
public struct Corpus: Sendable { public var count: Int; public subscript(i: Int) -> Int { 0 }; public var size: TextSize; public static func tokenise(_ f: [FilePath], codec: TextCodec, to: FilePath) throws -> Corpus { fatalError() } }
