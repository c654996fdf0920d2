import EddyLM
import EddyNN
import Foundation

/// The first window of a context network's training in Double, from the definition: shares nothing with the library.
struct PlainContextNetwork {
  let weights: [[Double]]
  private let samples: [(context: [Int], target: Int)]
  private let vectorSize, vocabularySize: Int
  private let isConcatenated: Bool

  init<Context: WordContext>(
    _ network: ContextNetwork<Context>, tokens: [Int], windows: Windows
  ) {
    weights = network.parameters.map { network[keyPath: $0.path].elements.map(Double.init) }
    vectorSize = network.embedding.size
    vocabularySize = network.vocabularySize
    isConcatenated = Context.isConcatenated
    let n = network.context
    var samples: [(context: [Int], target: Int)] = []
    for stream in 0..<windows.batchSize {
      let start = windows.position(step: 0, stream: stream)
      for step in 0..<windows.length {
        let last = start + step
        // Before the first word of a stream there are copies of it.
        let before = (0..<n).reversed().map { tokens[max(start, last - $0)] }
        let after = Context.hasBothSides ? (2..<2 + n).map { tokens[last + $0] } : []
        samples.append((before + after, tokens[last + 1]))
      }
    }
    self.samples = samples
  }

  /// The mean loss with these weights.
  func loss(_ weights: [[Double]]) -> Double {
    samples.reduce(0) { $0 + loss(weights, $1.context, $1.target) } / Double(samples.count)
  }

  /// dLoss/dWeight.
  func slope(array: Int, element: Int) -> Double {
    let step = 1e-5
    var (more, less) = (weights, weights)
    more[array][element] += step
    less[array][element] -= step
    return (loss(more) - loss(less)) / (2 * step)
  }

  private func loss(_ weights: [[Double]], _ context: [Int], _ target: Int) -> Double {
    let vectors = context.map { word in
      Array(weights[0][word * vectorSize..<(word + 1) * vectorSize])
    }
    let top: [Double]
    if isConcatenated {
      let inputs = vectors.flatMap(\.self)
      top = weights[2].indices.map { unit in
        tanh(
          zip(inputs, weights[1][unit * inputs.count..<(unit + 1) * inputs.count])
            .reduce(weights[2][unit]) { $0 + $1.0 * $1.1 })
      }
    } else {
      top = (0..<vectorSize).map { column in
        vectors.reduce(0) { $0 + $1[column] } / Double(vectors.count)
      }
    }
    let (matrix, bias) = (weights[weights.count - 2], weights[weights.count - 1])
    let scores = (0..<vocabularySize).map { word in
      zip(top, matrix[word * top.count..<(word + 1) * top.count])
        .reduce(bias[word]) { $0 + $1.0 * $1.1 }
    }
    return log(scores.reduce(0) { $0 + exp($1) }) - scores[target]
  }
}
