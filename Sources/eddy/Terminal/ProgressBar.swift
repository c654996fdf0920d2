import EddyLM
import EddyNN

/// One line on a terminal: how far training is, how fast, how good, how long it will still take.
struct ProgressBar {
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let tokensPerUpdate: Int
  /// Updates that were made before this program began.
  private var before = 0
  private var drawn: ContinuousClock.Instant?
  /// The loss, averaged over about the last fifty updates.
  private var smoothedLoss: Double?

  init(tokensPerUpdate: Int) {
    start = clock.now
    self.tokensPerUpdate = tokensPerUpdate
  }

  /// Takes note of what an earlier program did.
  mutating func begin(after updates: Int) { before = updates }

  /// Takes note of an update, and draws at most ten times a second.
  mutating func update(_ report: UpdateReport, of total: Int) {
    smoothedLoss = smoothedLoss.map { $0 + (report.loss - $0) / 50 } ?? report.loss
    let now = clock.now
    if let drawn, now - drawn < .milliseconds(100), report.update < total { return }
    drawn = now
    Console.progress(line(report, of: total, seconds: (now - start) / .seconds(1)))
  }

  private func line(_ report: UpdateReport, of total: Int, seconds: Double) -> String {
    let loss = smoothedLoss ?? report.loss
    let share = Double(report.update) / Double(total)
    let made = report.update - before
    let speed = Double(made * tokensPerUpdate) / max(seconds, 1e-9)
    let secondsLeft = seconds * Double(total - report.update) / Double(max(made, 1))
    let text =
      " \((100 * share).fixed(0)) %  \(speed.fixed(0)) tokens/s  loss \(loss.fixed(3)) nats  "
      + "perplexity \(PortableMath.exp(loss).fixed(1))  rate \(report.learningRate.short)  "
      + "norm \(report.gradientNorm.fixed(2))  \(duration(secondsLeft)) left"
    let room = max(0, min(30, Console.width - text.count - 3))
    let full = Int(share * Double(room))
    return "[" + String(repeating: "#", count: full)
      + String(repeating: ".", count: room - full) + "]" + text
  }
}

/// Seconds as a person says them: `45 s`, `3 min 20 s`, `2 h 5 min`.
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "?" }
  let whole = Int(max(0, seconds).rounded())
  switch whole {
  case ..<100: return "\(whole) s"
  case ..<6000: return "\(whole / 60) min \(whole % 60) s"
  default: return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}

extension Float {
  /// Three significant digits, without an exponent where that is short.
  var short: String {
    let value = Double(self)
    guard abs(value) >= 1e-6, abs(value) < 1e6 else { return "\(self)" }
    var digits = 2
    var size = abs(value)
    while size < 1 {
      size *= 10
      digits += 1
    }
    return value.fixed(digits)
  }
}
