package import EddyNN

/// Everything that training a network writes to: made once, so that an update allocates no more than the handful
/// of views that it works on.
package final class TrainingSpace<Network: LanguageNetwork> {
  /// From word vectors to the inputs of the decoder, and back.
  private let pass: any NetworkPass<Network>
  private let batchSize: Int
  /// What is dropped of those inputs, if anything is.
  private let dropout: Dropout?
  private let wordDropout: WordDropout?
  /// From those to the loss, and back.
  private let output: any OutputPass
  /// The gradient of the decoder's inputs, `[T·B, H]`.
  private let topGradient: Buffer
  private let norm: GradientNorm
  /// The words whose vectors have a gradient, in the order in which they were read: all other rows of it are
  /// zero. Those of the update before are kept to be cleared.
  private var touched: [Int] = []
  private var touchedBefore: [Int] = []
  private var isTouched: [Bool]
  /// The gradients of the last update, before clipping.
  package private(set) var gradients: Network

  package init(_ network: Network, options: TrainingOptions, team: ThreadTeam) {
    pass = Network.passes.make(network, options, team)
    batchSize = options.batchSize
    output =
      options.negativeSamples > 0
      ? NegativeSamplingPass(network.decoder, options: options)
      : SoftmaxPass(network.decoder, options: options, team: team)
    // Layers have the places from 0.
    dropout = options.dropout(place: 1 << 15, columns: network.decoder.inputSize)
    wordDropout = options.wordDropout
    topGradient = Buffer(rows: options.windowRows, columns: network.decoder.inputSize)
    gradients = Network(vocabularySize: network.vocabularySize, sizes: network.sizes)
    norm = GradientNorm(gradients.mutableViews())
    isTouched = Array(repeating: false, count: network.vocabularySize)
  }

  /// The number of bytes that grow with `T·B`.
  package var activationBytes: Int {
    pass.activationBytes + output.activationBytes + topGradient.byteCount
      + (dropout?.byteCount ?? 0)
  }

  /// The number of bytes of packed weights.
  package var panelBytes: Int { pass.panelBytes + output.panelBytes }

  /// How one update is to change the weights.
  package struct Step {
    /// The updates made before.
    package var number: Int
    package var optimiser: Optimiser
    package var rate: Float
    package var clip: Float?

    package init(number: Int, optimiser: Optimiser, rate: Float, clip: Float?) {
      self.number = number
      self.optimiser = optimiser
      self.rate = rate
      self.clip = clip
    }
  }

  /// Takes note of which word vectors get a gradient.
  private func touch(_ inputs: [Int]) {
    swap(&touched, &touchedBefore)
    for token in touchedBefore { isTouched[token] = false }
    touched.removeAll(keepingCapacity: true)
    for token in inputs where !isTouched[token] {
      isTouched[token] = true
      touched.append(token)
    }
  }

  /// One update: forward, loss, backward, clipping, optimiser, packing, in one run of the team.
  ///
  /// - Parameters:
  ///   - inputs: The tokens of a window, `[T·B]`, row `t·B + b`.
  ///   - targets: The token that follows each, and after those as many rows as the network's lookahead.
  ///   - state: Read, then replaced by the state after the window.
  /// - Returns: The mean loss in nats and the norm of the gradients before clipping. If either is not
  ///   finite, nothing was changed.
  package func update(
    _ network: inout Network, optimiser: inout Optimiser.State,
    state: inout Network.State, inputs: [Int], targets: [Int], step: Step, team: ThreadTeam
  ) -> (loss: Double, gradientNorm: Double) {
    let words = pass.begin(
      inputs: inputs, targets: targets, state: state, gradients: &gradients, norm: norm,
      update: step.number)
    let rows = inputs.count
    let targets = targets.count == rows ? targets : Array(targets[..<rows])
    let views = Optimiser.Views(
      weights: network.mutableViews(), gradients: gradients.mutableViews(),
      state: &optimiser)
    var next = optimiser.powers
    step.optimiser.advance(&next)
    let isTied = network.isTied
    let biasIndex = views.weights.count - 1
    let decoderIndex = isTied ? 0 : biasIndex - 1
    let decoderViews = Linear.GradientViews(
      weights: GradientView(views.gradients[decoderIndex], norm: norm, index: decoderIndex),
      bias: views.gradients[biasIndex])
    let embeddingView = views.gradients[0]
    touch(words)
    let (touched, touchedBefore) = (touched, touchedBefore)
    let topGradient = topGradient.view.rows(from: 0, count: rows)
    let predicted = SoftmaxCrossEntropy.predictedCount(targets)
    var result = (loss: 0.0, gradientNorm: 0.0)
    var changed = false
    team.run { member in
      // Tied vectors get all of their gradient anew, from the decoder.
      for token in touchedBefore[member.share(of: isTied ? 0 : touchedBefore.count)] {
        embeddingView.rows(from: token, count: 1).fill(0)
        norm.clear(embeddingView, at: 0, row: token)
      }
      pass.forward(network, member: member)
      dropout?.forward(
        pass.top, batchSize: batchSize, update: step.number, member: member)
      let window = OutputWindow(
        inputs: dropout?.outputs(rows: rows) ?? pass.top,
        operand: dropout?.operand(rows: rows) ?? pass.topOperand, targets: targets,
        predicted: predicted, update: step.number, inputGradients: topGradient)
      output.run(
        window, layer: network.decoder, gradients: decoderViews, member: member)
      dropout?.backward(topGradient, member: member)
      let dxs = pass.backward(topGradient, network: network, member: member)
      if let wordDropout {
        wordDropout.apply(to: dxs, words: words, update: step.number, member: member)
        member.barrier()
      }
      Embedding.backward(dxs, tokens: words, into: embeddingView, member: member)
      member.barrier()
      for token in touched[member.share(of: touched.count)] {
        norm.add(embeddingView, at: 0, rows: token..<token + 1)
      }
      for (index, gradient) in views.gradients.enumerated() where gradient.rows == 1 {
        norm.add(gradient, at: index, rows: member.share(of: 1))
      }
      member.barrier()
      let loss = output.totalLoss(rows: rows) / Double(max(predicted, 1))
      let gradientNorm = norm.value
      let finite = loss.isFinite && gradientNorm.isFinite
      if finite {
        let scale = GradientNorm.scale(norm: gradientNorm, limit: step.clip)
        func apply(_ index: Int, _ elements: Range<Int>) {
          step.optimiser.apply(
            views, index: index, elements: elements, rate: step.rate, scale: scale,
            powers: next)
        }
        if isTied {
          // They are changed as weights of the decoder.
        } else if step.optimiser.needsGradient {
          let size = embeddingView.columns
          for token in touched[member.share(of: touched.count)] {
            apply(0, token * size..<(token + 1) * size)
          }
        } else {
          apply(0, member.share(of: embeddingView.count, grain: 16))
        }
        pass.update(views.weights, member: member, by: apply)
        output.update(
          views.weights, weights: decoderIndex, bias: biasIndex, member: member, by: apply)
      }
      if member.index == 0 {
        result = (loss, gradientNorm)
        changed = finite
      }
    }
    if changed {
      optimiser.powers = next
      pass.end(state: &state)
    }
    return result
  }
}
