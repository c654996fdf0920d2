/// Numbers that the members of a team write, each its own: made once and overwritten in place.
@safe
package struct NumberBuffer<Number: BitwiseCopyable & AdditiveArithmetic>: ~Copyable,
  @unchecked Sendable
{
  package let base: UnsafeMutablePointer<Number>
  package let count: Int

  /// Zeros.
  package init(count: Int) {
    self.count = count
    unsafe base = .allocate(capacity: max(count, 1))
    unsafe base.initialize(repeating: .zero, count: max(count, 1))
  }

  deinit { unsafe base.deallocate() }

  package subscript(index: Int) -> Number {
    get {
      precondition(index >= 0 && index < count, "A buffer of \(count) has no element \(index).")
      return unsafe base[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "A buffer of \(count) has no element \(index).")
      unsafe base[index] = newValue
    }
  }

  /// The elements of a range.
  package subscript(range: Range<Int>) -> UnsafeMutableBufferPointer<Number> {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "A buffer of \(count) has no elements \(range).")
    return unsafe UnsafeMutableBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  package var byteCount: Int { count * MemoryLayout<Number>.stride }

  /// The sum of the first elements, in order; of all without a number.
  package func sum(first: Int? = nil) -> Number {
    var sum = Number.zero
    for index in 0..<(first ?? count) { sum += self[index] }
    return sum
  }
}
