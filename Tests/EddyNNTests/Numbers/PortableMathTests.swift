import EddyNN
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Portable functions of Double agree with the system's")
struct PortableMathTests {
  @Test("log, within 10⁻¹⁵ (relative, or absolute near 1)")
  func logarithm() {
    for index in 0..<20_000 {
      let word = Formula(1).word(index)
      // All magnitudes, then the neighbourhood of 1.
      let x =
        index % 2 == 0
        ? Double(
          sign: .plus, exponent: Int(word % 2000) - 1000, significand: 1 + Double(word) * 0x1p-32)
        : 0.5 + Double(word) * 0x1p-32
      let truth = log(x)
      #expect(abs(PortableMath.log(x) - truth) <= 1e-15 * max(abs(truth), 1), "log \(x)")
    }
  }

  @Test("exp, within 10⁻¹⁵ (relative)")
  func exponential() {
    for index in 0..<20_000 {
      let x = (Double(Formula(2).word(index)) * 0x1p-31 - 1) * (index % 2 == 0 ? 700 : 1)
      let truth = exp(x)
      #expect(abs(PortableMath.exp(x) - truth) <= 1e-15 * truth, "exp \(x)")
    }
  }

  @Test("cos π·x, within 10⁻¹⁵")
  func cosine() {
    for index in 0...5000 {
      let x = Double(index) / 5000
      #expect(abs(PortableMath.cosinePi(x) - cos(x * .pi)) <= 1e-15, "cosinePi \(x)")
    }
  }

  @Test("special values")
  func special() {
    #expect(PortableMath.log(1) == 0)
    #expect(PortableMath.log(0) == -.infinity)
    #expect(PortableMath.log(-1).isNaN)
    #expect(PortableMath.log(.nan).isNaN)
    #expect(PortableMath.log(.infinity) == .infinity)
    #expect(abs(PortableMath.log(.leastNonzeroMagnitude) + 744.440_071_921_381_3) < 1e-12)
    #expect(PortableMath.exp(0) == 1)
    #expect(PortableMath.exp(-.infinity) == 0)
    #expect(PortableMath.exp(.infinity) == .infinity)
    #expect(PortableMath.exp(.nan).isNaN)
    #expect(PortableMath.exp(-745) == .leastNonzeroMagnitude)
    #expect(PortableMath.exp(709.75).isFinite)
    #expect(PortableMath.cosinePi(0) == 1)
    #expect(PortableMath.cosinePi(0.5).magnitude < 1e-15)
    #expect(PortableMath.cosinePi(1) == -1)
  }
}
