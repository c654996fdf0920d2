import CEddyKernels

/// The Euclidean norm of all gradients together, and what clipping by it leaves.
///
/// Source: Pascanu, Mikolov, Bengio, «On the difficulty of training recurrent neural networks»,
/// ICML 2013, algorithm 1.
package struct GradientNorm: ~Copyable, Sendable {
  private let partial: NumberBuffer<Double>
  private let offsets: [Int]

  /// Space for the sums of `views`' chunks.
  package init(_ views: [MatrixView]) {
    var offsets = [0]
    for view in views {
      offsets.append((offsets.last ?? 0) + (view.count + chunkSize - 1) / chunkSize)
    }
    self.offsets = offsets
    partial = NumberBuffer<Double>(count: offsets.last ?? 0)
  }

  /// A member's part of the sums of squares, chunk by chunk; a barrier must follow.
  package func add(_ views: [MatrixView], member: ThreadTeam.Member) {
    for (index, view) in views.enumerated() {
      let first = offsets[index]
      for chunk in member.share(of: offsets[index + 1] - first) {
        let start = chunk * chunkSize
        partial[first + chunk] = unsafe Double(
          Kernels.best.table.pointee.sum_of_squares(
            view.base + start, min(chunkSize, view.count - start)))
      }
    }
  }

  /// The norm, after the barrier.
  package var value: Double { partial.sum().squareRoot() }

  /// The factor that brings a norm down to `limit`; 1 if it is not above, or there is no limit.
  package static func scale(norm: Double, limit: Float?) -> Float {
    guard let limit, norm > Double(limit) else { return 1 }
    return Float(Double(limit) / norm)
  }
}

extension Array where Element == Matrix {
  /// Scales gradients so that their common norm is at most `limit`.
  ///
  /// - Returns: The norm before.
  public mutating func clip(toNorm limit: Float) -> Double {
    let views = indices.map { self[$0].mutableView() }
    let norm = GradientNorm(views)
    ThreadTeam.serial.run { norm.add(views, member: $0) }
    let value = norm.value
    let scale = GradientNorm.scale(norm: value, limit: limit)
    if scale != 1 {
      for index in indices {
        self[index].withMutableSpan { span in
          for element in 0..<span.count { span[element] *= scale }
        }
      }
    }
    return value
  }
}
