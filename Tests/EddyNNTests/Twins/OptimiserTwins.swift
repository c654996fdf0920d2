/// Plain formulas that repeat Sources/CEddyKernels/body/optimiser.h.
enum OptimiserTwins {
  static func sgd<Scalar: TwinFloat>(
    _ weight: inout Scalar, gradient: Scalar, scale: Scalar, rate: Scalar
  ) {
    weight.addProduct(-rate, gradient * scale)
  }

  struct AdamW<Scalar: TwinFloat> {
    var scale, rate, beta1, beta2, epsilon, decay, correction1, correction2: Scalar

    func update(
      _ weight: inout Scalar, gradient: Scalar, mean: inout Scalar, square: inout Scalar
    ) {
      let gradient = gradient * scale
      mean = mean.addingProduct(1 - beta1, gradient - mean)
      square = ((1 - beta2) * gradient * gradient).addingProduct(beta2, square)
      let step = mean * correction1 / ((square * correction2).squareRoot() + epsilon)
      weight = weight.addingProduct(-decay, weight).addingProduct(-rate, step)
    }
  }
}
