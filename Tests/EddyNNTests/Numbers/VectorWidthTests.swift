import EddyNN
import SystemPackage
import Testing

/// Clang cuts 64-byte vectors in two under some settings; this looks at what it made.
@Suite("The AVX-512 kernels use 64-byte registers")
struct VectorWidthTests {
  /// The object files of the kernels, beside the running test program; nil where a build system puts
  /// them elsewhere, or on another processor.
  static func object(_ name: String) -> [UInt8]? {
    #if os(Linux) && arch(x86_64)
      let program = FilePath(CommandLine.arguments[0])
      let path = program.removingLastComponent().appending("CEddyKernels.build/\(name).c.o")
      return try? bytes(of: path)
    #else
      return nil
    #endif
  }

  private static func bytes(of path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly)
    return try file.closeAfter {
      let size = Int(try file.seek(offset: 0, from: .end))
      return try unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = try unsafe file.read(
          fromAbsoluteOffset: 0, into: UnsafeMutableRawBufferPointer(buffer))
      }
    }
  }

  /// Counts `vfmadd132ps`, `213` and `231` of 512-bit registers: an EVEX prefix (62) of map 0F38 and
  /// mandatory prefix 66, W = 0, L′L = 10, then the operation.
  static func wideMultiplyAdds(in code: [UInt8]) -> Int {
    code.indices.dropLast(4).count {
      code[$0] == 0x62 && code[$0 + 1] & 0x07 == 2 && code[$0 + 2] & 0x87 == 0x05
        && code[$0 + 3] & 0x60 == 0x40 && [0x98, 0xA8, 0xB8].contains(code[$0 + 4])
    }
  }

  /// Counts `vdpbf16ps` of 512-bit registers: the same with prefix F3 and operation 52.
  static func widePairProducts(in code: [UInt8]) -> Int {
    code.indices.dropLast(4).count {
      code[$0] == 0x62 && code[$0 + 1] & 0x07 == 2 && code[$0 + 2] & 0x87 == 0x06
        && code[$0 + 3] & 0x60 == 0x40 && code[$0 + 4] == 0x52
    }
  }

  @Test(.enabled(if: object("avx512") != nil, "needs the object files of a Linux build on x86-64"))
  func registers() throws {
    let wide = try #require(Self.object("avx512"))
    let narrow = try #require(Self.object("avx2"))
    #expect(Self.wideMultiplyAdds(in: wide) > 100)
    #expect(Self.wideMultiplyAdds(in: narrow) == 0)
    #expect(Self.widePairProducts(in: wide) > 20)
    #expect(Self.widePairProducts(in: narrow) == 0)
  }
}
