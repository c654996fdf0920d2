import EddyFiles

/// What happens while a model is trained.
public enum TrainingEvent: Sendable {
  /// The training goes on after so many updates, of so many.
  case resumed(updates: Int, of: Int)
  /// One more update, of so many.
  case updated(UpdateReport, of: Int)
  /// A validation after so many updates and whole epochs, and whether it was the best so far; then the
  /// model was saved.
  case validated(Evaluation, updates: Int, epochs: Int, isBest: Bool)
  /// The training diverged, and goes on after so many updates at a smaller learning rate.
  case rolledBack(TrainingError, updates: Int, learningRate: Float)
}

/// What came out of a training.
public struct TrainingSummary: Sendable {
  /// Why it ended.
  public enum Ending: String, Sendable {
    case finished
    case stoppedEarly = "stopped early"
    case interrupted
  }
  public let ending: Ending
  /// Updates made.
  public let updates: Int
  /// The validation of the model that was kept.
  public let best: Evaluation?
}

extension TrainingError {
  /// One line of the log.
  var json: JSON { .object(["event": "diverged", "message": .string(description)]) }
}

extension UpdateReport {
  /// One line of the log.
  var json: JSON {
    .object([
      "event": "update", "update": .integer(Int64(update)), "loss": .number(loss),
      "gradient_norm": .number(gradientNorm), "learning_rate": .float(learningRate),
    ])
  }
}
