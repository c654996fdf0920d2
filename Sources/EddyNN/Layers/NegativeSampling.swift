/// A loss of words that does not look at all of them: each is told apart from `K` words of noise,
/// `−log σ(u·h) − Σ log σ(−uₖ·h)`.
///
/// An update costs O(N·K·H + V·H), the second part for clearing and summing all gradients, in place of O(N·V·H). The words
/// are drawn from counters, so that they are the same for every number of threads.
///
/// Source: Mikolov, Sutskever, Chen, Corrado, Dean, «Distributed representations of words and phrases and their
/// compositionality», NIPS 2013, equation 4.
package final class NegativeSampling: Sendable {
  private let noise: NoiseDistribution
  private let samples: Int
  private let philox: Philox
  /// The word of each row and those it is told from, `[N, 1 + K]`, -1 where there is none; and the gradient of
  /// their scores.
  private let words: NumberBuffer<Int32>
  private let gradients: NumberBuffer<Float>

  /// Space for up to `rows` rows.
  package init(noise: NoiseDistribution, samples: Int, rows: Int, seed: UInt64) {
    precondition(samples >= 1, "Words are told apart from 1 or more others, not \(samples).")
    self.noise = noise
    self.samples = samples
    philox = Philox(seed: seed)
    words = NumberBuffer(count: rows * (samples + 1))
    gradients = NumberBuffer(count: rows * (samples + 1))
  }

  package var byteCount: Int { words.byteCount + gradients.byteCount }

  /// A member's part of the losses and of all gradients; a barrier must follow.
  ///
  /// - Parameters:
  ///   - xs: `h`, `[N, H]`.
  ///   - layer: `u` are the rows of its weights; its bias takes no part, and its gradient is zero.
  ///   - update: The number of the update, for words of its own.
  ///   - views: Replaced.
  ///   - dxs: Replaced by `[N, H]`.
  package func compute(
    _ xs: MatrixView, layer: Linear, targets: [Int], predicted: Int, update: Int,
    losses: borrowing NumberBuffer<Double>, into views: Linear.GradientViews, dxs: MatrixView,
    member: ThreadTeam.Member
  ) {
    let weights = layer.weights.view
    precondition(
      xs.rows == targets.count && xs.rows * (samples + 1) <= words.count
        && weights.rows == noise.wordCount,
      "\(targets.count) targets of \(noise.wordCount) words do not fit [\(xs.rows), \(xs.columns)]."
    )
    let scale = 1 / Float(max(predicted, 1))
    for row in member.share(of: xs.rows) {
      dxs.rows(from: row, count: 1).fill(0)
      losses[row] = 0
      draw(targets[row], row: row, update: update)
      for place in row * (samples + 1)..<(row + 1) * (samples + 1) where words[place] >= 0 {
        let isTrue = place == row * (samples + 1)
        let weight = unsafe weights[row: Int(words[place])]
        let score = unsafe Double(Self.dot(xs[row: row], weight, xs.columns))
        // σ of the score for the true word, of its negative for others, is what should be 1.
        let odds = PortableMath.exp(isTrue ? -score : score)
        losses[row] = losses[row] + PortableMath.log(1 + odds)
        let miss = Float(odds / (1 + odds)) * scale
        gradients[place] = isTrue ? -miss : miss
        unsafe Self.add(weight, times: gradients[place], to: dxs[row: row], xs.columns)
      }
    }
    let own = member.share(of: weights.rows)
    views.weights.values.rows(from: own.lowerBound, count: own.count).fill(0)
    unsafe (views.bias.base + own.lowerBound).update(repeating: 0, count: own.count)
    member.barrier()
    // Each member adds its columns of every row, so that sums keep their order.
    let columns = member.share(of: xs.columns, grain: 16)
    for row in 0..<xs.rows {
      for place in row * (samples + 1)..<(row + 1) * (samples + 1) where words[place] >= 0 {
        unsafe Self.add(
          xs[row: row] + columns.lowerBound, times: gradients[place],
          to: views.weights.values[row: Int(words[place])] + columns.lowerBound, columns.count)
      }
    }
    member.barrier()
    views.weights.finish(rows: own)
  }

  /// The word of a row and those that it is told from. What is drawn may be the word itself: left out, as word2vec's program
  /// does, odds would be learned in place of probabilities.
  private func draw(_ target: Int, row: Int, update: Int) {
    let first = row * (samples + 1)
    let isPredicted = target != SoftmaxCrossEntropy.ignored
    SoftmaxCrossEntropy.checkTarget(target, noise.wordCount)
    words[first] = Int32(target)
    var four = SIMD4<UInt32>()
    for sample in 0..<samples {
      if sample % 4 == 0 {
        four = philox.block(
          SIMD4(
            Philox.Purpose.negativeSampling.rawValue, UInt32(truncatingIfNeeded: update),
            UInt32(row), UInt32(sample / 4)))
      }
      let word = noise.word(four[sample % 4])
      words[first + 1 + sample] = isPredicted ? Int32(word) : -1
    }
  }

  /// Eight sums side by side, in a fixed order.
  private static func dot(
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, _ count: Int
  ) -> Float {
    var sums = SIMD8<Float>()
    let whole = count / 8 * 8
    for index in stride(from: 0, to: whole, by: 8) {
      let x = unsafe UnsafeRawPointer(a + index).loadUnaligned(as: SIMD8<Float>.self)
      let y = unsafe UnsafeRawPointer(b + index).loadUnaligned(as: SIMD8<Float>.self)
      sums += x * y
    }
    for index in whole..<count { unsafe sums[index - whole] += a[index] * b[index] }
    let four = sums.lowHalf + sums.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  private static func add(
    _ source: UnsafeMutablePointer<Float>, times factor: Float,
    to target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for index in 0..<count { unsafe target[index] += factor * source[index] }
  }
}
