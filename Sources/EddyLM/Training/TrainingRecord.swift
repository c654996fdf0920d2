package import EddyFiles
package import EddyNN

// How the options of a training are written into logs and model files.
extension TrainingOptions {
  package var json: JSON {
    var members: [String: JSON] = [
      "model": .string(model.rawValue), "embedding_size": .integer(Int64(sizes.embedding)),
      "hidden_size": .integer(Int64(sizes.hidden)), "layers": .integer(Int64(sizes.layers)),
      "batch_size": .integer(Int64(batchSize)), "window_length": .integer(Int64(windowLength)),
      "epochs": .integer(Int64(epochs)), "maximum_updates": .optional(maximumUpdates),
      "validate_every": .optional(validateEvery), "optimiser": optimiser.json,
      "learning_rate": .float(learningRate), "schedule": schedule.json,
      "warm_up": .integer(Int64(warmUp)),
      "clip": clip.map { .float($0) } ?? .null, "patience": .optional(patience),
      "on_divergence": .string(onDivergence.rawValue),
      "initial_range": initialRange.map { .float($0) } ?? .null,
      "dropout": .float(dropout), "variational_dropout": .bool(hasVariationalDropout),
      "precision": .string(precision.rawValue),
      "gradient_thinning": .float(gradientThinning), "seed": .string(String(seed)),
    ]
    if hasRandomWindows { members["random_windows"] = .bool(true) }
    if !pace.changes.isEmpty { members["pace"] = pace.json }
    if embeddingDropout > 0 { members["embedding_dropout"] = .float(embeddingDropout) }
    if recurrentDropout > 0 { members["recurrent_dropout"] = .float(recurrentDropout) }
    if labelSmoothing > 0 { members["label_smoothing"] = .float(labelSmoothing) }
    if let averagingPatience {
      members["averaging_patience"] = .integer(Int64(averagingPatience))
    }
    if model.hasContext { members["context"] = .integer(Int64(sizes.context)) }
    if sizes.isTied { members["tied"] = .bool(true) }
    if negativeSamples > 0 { members["negative_samples"] = .integer(Int64(negativeSamples)) }
    return .object(members)
  }
}

extension Optimiser {
  package var json: JSON {
    switch self {
    case .sgd: .object(["name": "sgd"])
    case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
      .object([
        "name": "adamw", "beta1": .float(beta1), "beta2": .float(beta2),
        "epsilon": .float(epsilon), "weight_decay": .float(weightDecay),
      ])
    case .returning: preconditionFailure("No training returns to where it began.")
    }
  }
}

extension Schedule {
  package var json: JSON {
    switch self {
    case .constant: .object(["name": "constant"])
    case .step(let factor, let after):
      .object(["name": "step", "factor": .number(factor), "after": .integer(Int64(after))])
    case .cosine: .object(["name": "cosine"])
    case .oneCycle: .object(["name": "one-cycle"])
    case .plateau: .object(["name": "plateau"])
    }
  }
}

extension Pace {
  package var json: JSON {
    .array(
      changes.map {
        .object(["updates": .integer(Int64($0.updates)), "total": .integer(Int64($0.total))])
      })
  }
}

extension JSON {
  /// The shortest decimal number that is this float.
  static func float(_ number: Float) -> JSON {
    .number(Double(number.description) ?? Double(number))
  }

  /// The number, or null.
  static func optional(_ number: Int?) -> JSON { number.map { .integer(Int64($0)) } ?? .null }
}
