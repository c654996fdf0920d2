/// Counter-based random numbers: Philox4×32-10.
///
/// A block of four 32-bit words is a pure function of the key (the seed) and a 128-bit counter, so any
/// thread can draw any number without an order. The counter reads (purpose, update, row, block).
///
/// Source: Salmon, Moraes, Dror, Shaw, «Parallel random numbers: as easy as 1, 2, 3», SC 2011.
public struct Philox: Sendable, Equatable {
  /// What a stream of numbers is for: equal counters of different purposes are independent.
  public enum Purpose: UInt32, Sendable {
    case initialWeights = 1
    case sampling = 2
    case gradientThinning = 3
    case negativeSampling = 4
    case bootstrap = 5
    case dropout = 6
    case wordDropout = 7
    case windowLength = 8
  }

  private let key: SIMD2<UInt32>

  /// The generator of a seed.
  public init(seed: UInt64) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// The four words of one counter.
  public func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var counter = counter
    var key = key
    for round in 0..<10 {
      if round > 0 { key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85) }
      let a = UInt64(0xD251_1F53) * UInt64(counter.x)
      let b = UInt64(0xCD9E_8D57) * UInt64(counter.z)
      counter = SIMD4(
        UInt32(truncatingIfNeeded: b >> 32) ^ counter.y ^ key.x, UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ counter.w ^ key.y, UInt32(truncatingIfNeeded: a))
    }
    return counter
  }

  /// Fills a matrix with numbers uniform in `-bound ..< bound`; each row draws from a counter of its own.
  ///
  /// - Parameter stream: Tells apart matrices of one purpose.
  public func fillUniform(
    _ matrix: inout Matrix, bound: Float, purpose: Purpose, stream: UInt32
  ) {
    let columns = matrix.columns
    matrix.withMutableSpan { span in
      for index in 0..<span.count {
        let (row, column) = index.quotientAndRemainder(dividingBy: columns)
        let words = block(
          SIMD4(purpose.rawValue, stream, UInt32(truncatingIfNeeded: row), UInt32(column / 4)))
        span[index] = bound * (2 * Self.unit(words[column % 4]) - 1)
      }
    }
  }

  /// A word as a number in 0 ..< 1 with 24 bits.
  public static func unit(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }
}

/// A sequence of random numbers, for sampling text: word after word of one Philox stream.
public struct PhiloxSequence: RandomNumberGenerator, Sendable, Equatable {
  private let philox: Philox
  private let purpose: Philox.Purpose
  private let stream: UInt32
  private var position: UInt64 = 0

  /// A sequence of its own for each seed, purpose and stream.
  public init(seed: UInt64, purpose: Philox.Purpose, stream: UInt32 = 0) {
    philox = Philox(seed: seed)
    self.purpose = purpose
    self.stream = stream
  }

  public mutating func next() -> UInt64 {
    let words = philox.block(
      SIMD4(
        purpose.rawValue, stream, UInt32(truncatingIfNeeded: position),
        UInt32(truncatingIfNeeded: position >> 32)))
    position += 1
    return UInt64(words.x) | UInt64(words.y) << 32
  }

  /// A number uniform in 0 ..< 1 with 53 bits.
  public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
