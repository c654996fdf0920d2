// temporary, never committed
public struct Tokenizer: Sendable, Equatable { public enum Kind: String, Sendable { case word, whitespace, character, byte }
  public var kind: Kind
  public init(kind: Kind, lowercase: Bool = false, graphemes: Bool = false) { self.kind = kind } }
public struct Vocabulary: Sendable, Equatable {
  public var words: [[UInt8]]
  public var unknown: Int?
  public var endOfSentence: Int
  public init(words: [[UInt8]], unknown: Int?, endOfSentence: Int) { self.words = words; self.unknown = unknown; self.endOfSentence = endOfSentence }
  public var count: Int { words.count }
  public func id(of bytes: [UInt8]) -> Int? { words.firstIndex { $0 == bytes } }
  public func bytes(of id: Int) -> [UInt8] { words[id] }
  public func string(of id: Int) -> String { String(decoding: words[id], as: UTF8.self) }
}
public struct EncodedSentence: Sendable { public var tokens: [Int]
 public var unknownCount: Int
 public var words: [String] }
public struct TextCodec: Sendable, Equatable { public var tokenizer: Tokenizer
 public var vocabulary: Vocabulary
  public init(tokenizer: Tokenizer, vocabulary: Vocabulary) { self.tokenizer = tokenizer; self.vocabulary = vocabulary }
  public func encode(_ text: String) -> [Int] { tokenizer.kind == .byte ? text.utf8.map { vocabulary.id(of: [$0])! } : text.split(separator: " ").map { vocabulary.id(of: Array($0.utf8)) ?? 0 } }
  public func encodeLine(_ text: String) -> EncodedSentence { let t = encode(text)
   return EncodedSentence(tokens: t + [vocabulary.endOfSentence], unknownCount: 0, words: text.split(separator: " ").map(String.init) + [vocabulary.string(of: vocabulary.endOfSentence)]) }
  public func decode(_ ids: [Int]) -> String { var s = ""
    for i in ids { if i == vocabulary.endOfSentence { s += "\n" } else { if !s.isEmpty, s.last != "\n" { s += " " }
     s += vocabulary.string(of: i) } }
    return s }
}
import EddyFiles
public import SystemPackage
extension Tokenizer { init(json: JSON) throws { self.init(kind: .word) }; var json: JSON { .null } }
extension Vocabulary { init(bytes: [UInt8], offsets: [Int], counts: [Int], tokenizer: Tokenizer) throws { self.init(words: [], unknown: nil, endOfSentence: 0) }
 func add(to w: inout SafetensorsWriter) {} }
public struct TextOptions: Sendable { public init(tokenizer: Tokenizer, vocabularyLimit: Int?, minimumCount: Int) {} ; public var tokenizer = Tokenizer(kind: .word); public var vocabularyLimit: Int?; public var minimumCount = 1}
public struct TrainingTexts: Sendable { public var codec: TextCodec; public var training: [Int]; public var validation: [Int]; public var validationSize: TextSize; public var summary: String
 public static func prepare(texts: [FilePath], validation: [FilePath], text: TextOptions, folder: FilePath) throws -> TrainingTexts { fatalError() } }
public struct Corpus: Sendable { public var count: Int; public subscript(i: Int) -> Int { 0 }; public var size: TextSize; public static func tokenise(_ f: [FilePath], codec: TextCodec, to: FilePath) throws -> Corpus { fatalError() } }
