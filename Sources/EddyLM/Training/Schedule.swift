import EddyNN

/// How the learning rate changes.
public enum Schedule: Sendable, Equatable {
  /// Always the same.
  case constant
  /// Multiplied by `factor` after each epoch from epoch `after` on (Zaremba et al. 2014: 0.5 after the
  /// fourth).
  case step(factor: Double, after: Int)
  /// Half a cosine from the full rate to a hundredth of it at the last update.
  ///
  /// Source: Loshchilov & Hutter, «SGDR: stochastic gradient descent with warm restarts», ICLR 2017.
  case cosine
  /// Up on half a cosine from a 25th of the full rate, over three tenths of the updates, and down to almost nothing.
  ///
  /// Source: Smith & Topin, «Super-convergence: very fast training of neural networks using large learning rates», 2018.
  case oneCycle
  /// Quartered whenever the validation perplexity is not lower than the best before.
  case plateau

  /// The share of the full learning rate for one update.
  ///
  /// - Parameters:
  ///   - progress: The share of all updates that are done, 0 … 1.
  ///   - epoch: Epochs finished.
  ///   - setbacks: Validations so far that were not better than the best before.
  public func share(progress: Double, epoch: Int, setbacks: Int) -> Double {
    switch self {
    case .constant: 1
    case .step(let factor, let after): Self.power(factor, max(0, epoch - after + 1))
    case .cosine: Self.halfCosine(from: 1, to: 0.01, progress)
    case .oneCycle:
      progress < 0.3
        ? Self.halfCosine(from: 0.04, to: 1, progress / 0.3)
        : Self.halfCosine(from: 1, to: 4e-6, (progress - 0.3) / 0.7)
    case .plateau: Self.power(0.25, setbacks)
    }
  }

  private static func halfCosine(from start: Double, to end: Double, _ progress: Double) -> Double {
    end + (start - end) * 0.5 * (1 + PortableMath.cosinePi(min(max(progress, 0), 1)))
  }

  /// By repeated multiplication: no libm stands between the seed and the weights.
  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<exponent { result *= base }
    return result
  }
}
