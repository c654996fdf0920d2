extension RecurrentLayer {
  /// Runs the layer over a window of each sequence.
  ///
  /// Equal, bit for bit, to ``step(_:state:)`` after ``step(_:state:)``.
  ///
  /// - Parameters:
  ///   - xs: The inputs, `[T·B, D]`, row `t·B + b`, with `T` up to the trace's capacity.
  ///   - state: Read, then replaced by the state after the last step.
  ///   - hs: Replaced by the hidden activations, `[T·B, H]`.
  ///   - trace: Overwritten with what the backward pass needs.
  ///   - panels: The weights of this layer, packed.
  /// - Complexity: O(T·B·G·H·(D + H))
  public func run(
    _ xs: borrowing Buffer, state: inout State, into hs: inout Buffer, trace: inout Trace,
    panels: borrowing Panels, team: ThreadTeam = .serial
  ) {
    let batch = trace.batchSize
    let length = xs.rows / batch
    precondition(
      xs.rows == length * batch && length <= trace.capacity && xs.columns == inputSize,
      "A run needs inputs [T·\(batch), \(inputSize)] with T ≤ \(trace.capacity), "
        + "found [\(xs.rows), \(xs.columns)].")
    precondition(
      hs.rows == xs.rows && hs.columns == hiddenSize,
      "A run needs outputs [\(xs.rows), \(hiddenSize)], found [\(hs.rows), \(hs.columns)].")
    trace.begin(with: state)
    trace.length = length
    forwardOnTeam(xs.view, trace: trace, panels: panels, team: team)
    hs.view.copy(from: trace.outputs(length: length))
    trace.read(into: &state, after: length)
  }

  /// Carries gradients back through the window that was run last.
  ///
  /// At each step the gradient from above and the one from the future add up; the weight gradients are
  /// sums over time and batch.
  ///
  /// - Parameters:
  ///   - dhs: The gradient of the hidden activations from above, `[T·B, H]`.
  ///   - trace: The trace of the run.
  ///   - gradients: Replaced by the gradients of the weights.
  ///   - dxs: Replaced by the gradient of the inputs, `[T·B, D]`.
  ///   - dState: The gradient of the state after the last step (zeros where back-propagation through
  ///     time is cut), replaced by that of the state before the first step.
  /// - Complexity: O(T·B·G·H·(D + H))
  public func backward(
    _ dhs: borrowing Buffer, through trace: borrowing Trace, into gradients: inout Gradients,
    dxs: inout Buffer, dState: inout State, panels: borrowing Panels, team: ThreadTeam = .serial
  ) {
    let rows = trace.length * trace.batchSize
    precondition(
      trace.forTraining && panels.forTraining,
      "A backward pass needs a trace and panels made for it.")
    precondition(
      dhs.rows == rows && dhs.columns == hiddenSize && dxs.rows == rows
        && dxs.columns == inputSize,
      "The backward pass needs gradients [\(rows), \(hiddenSize)] and [\(rows), \(inputSize)], "
        + "found [\(dhs.rows), \(dhs.columns)] and [\(dxs.rows), \(dxs.columns)].")
    trace.future.view.copy(from: dState.hidden.view)
    trace.cellFuture.view.copy(from: dState.cell.view)
    let views = gradients.mutableViews()
    backwardOnTeam(
      dhs.view, trace: trace, gradients: views, dxs: dxs.view, panels: panels, team: team)
    dState.hidden.mutableView().copy(from: trace.future.view)
    dState.cell.mutableView().copy(from: trace.cellFuture.view)
  }

  /// Advances `state` by one time step.
  ///
  /// The convenient door: it packs the weights anew and allocates.
  ///
  /// - Parameters:
  ///   - x: The input of this step, `[B, D]`.
  ///   - state: Read, then replaced.
  /// - Returns: The new hidden activations, `[B, H]`.
  /// - Complexity: O(B·G·H·(D + H))
  public func step(_ x: Matrix, state: inout State) -> Matrix {
    precondition(
      x.rows == state.batchSize && x.columns == inputSize,
      "A step needs [\(state.batchSize), \(inputSize)], found [\(x.rows), \(x.columns)].")
    var hs = Buffer(rows: x.rows, columns: hiddenSize)
    var trace = Trace(self, capacity: 1, batchSize: x.rows, forTraining: false)
    let panels = Panels(self, forTraining: false)
    run(Buffer(x), state: &state, into: &hs, trace: &trace, panels: panels)
    return state.hidden
  }

  private func forwardOnTeam(
    _ xs: MatrixView, trace: borrowing Trace, panels: borrowing Panels, team: ThreadTeam
  ) {
    let rounded = RoundedCopy(
      rows: xs.rows, columns: xs.columns, precision: panels.input.forward.precision)
    rounded.round(xs, at: 0, columns: 0..<xs.columns)
    let operand = rounded.operand(xs)
    team.run { forward(xs, operand: operand, trace: trace, panels: panels, member: $0) }
  }

  private func backwardOnTeam(
    _ dhs: MatrixView, trace: borrowing Trace, gradients: GradientViews, dxs: MatrixView,
    panels: borrowing Panels, team: ThreadTeam
  ) {
    team.run {
      backward(dhs, trace: trace, gradients: gradients, dxs: dxs, panels: panels, member: $0)
    }
  }
}

// What one member of a team does. Each function ends with a barrier.
extension RecurrentLayer {
  /// The hidden units of some of their parts, of 32 units each.
  private func units(_ parts: Range<Int>) -> Range<Int> {
    parts.lowerBound * panelColumns..<min(parts.upperBound * panelColumns, hiddenSize)
  }

  /// The forward pass over `xs`, `[T·B, D]`; the trace holds the state before the first step.
  ///
  /// A member computes the sums of all gates of its own units of its own sequences, and from them their
  /// activations: at most one barrier a time step.
  ///
  /// - Parameter operand: `xs` as a left-hand side.
  package func forward(
    _ xs: MatrixView, operand: Operand, trace: borrowing Trace, panels: borrowing Panels,
    member: ThreadTeam.Member
  ) {
    if trace.forTraining { trace.packedInputs.pack(xs, member: member) }
    let sums = trace.gates.view.rows(from: 0, count: xs.rows)
    let own = StepShare(self, batchSize: trace.batchSize, panels: panels, member: member)
    if own.needsOthers {
      sumInputs(operand, into: sums, panels: panels, member: member)
      member.barrier()
    } else {
      own.multiply(
        operand, panels.input.forward, into: sums, from: .bias(bias.view),
        batchSize: trace.batchSize, member: member)
    }
    advance(rows: xs.rows, trace: trace, panels: panels, member: member)
  }

  /// A member's part of the sums that do not depend on the state, `x·Wxᵀ + b`; a barrier must follow.
  package func sumInputs(
    _ xs: Operand, into sums: MatrixView, panels: borrowing Panels, member: ThreadTeam.Member
  ) {
    member.multiply(xs, panels.input.forward, into: sums, from: .bias(bias.view))
  }

  /// The time steps of the forward pass; the trace holds the sums of the inputs, in place of the gates, and
  /// the state before the first step.
  package func advance(
    rows: Int, trace: borrowing Trace, panels: borrowing Panels, member: ThreadTeam.Member
  ) {
    let batch = trace.batchSize
    let own = StepShare(self, batchSize: batch, panels: panels, member: member)
    for t in 0..<rows / batch {
      let first = t * batch + own.sequences.lowerBound
      let step = trace.step(t, of: own.sequences)
      let before = trace.roundedHiddens.operand(step.hiddenBefore, at: first)
      // There and back again: what the last step left in the cache is read first.
      for offset in 0..<own.parts.count {
        let part = t % 2 == 0 ? own.parts.lowerBound + offset : own.parts.upperBound - 1 - offset
        let gates = part * Cell.gateCount..<(part + 1) * Cell.gateCount
        if Cell.separatesRecurrentSums {
          member.multiply(
            before, panels.recurrent.forward, panels: gates, into: step.recurrentSums,
            from: .bias(recurrentBias.view))
        } else {
          member.multiply(
            before, panels.recurrent.forward, panels: gates, into: step.gates, from: .result)
        }
        let units = units(part..<part + 1)
        Cell.forward(step, units: units)
        trace.roundedHiddens.round(step.hidden, at: first + batch, columns: units)
      }
      if own.needsOthers { member.barrier() }
    }
    if !own.needsOthers { member.barrier() }
  }

  /// Where the gradients of the weights go.
  package struct GradientViews {
    package let inputWeights, recurrentWeights: GradientView
    let bias, recurrentBias: MatrixView
  }

  /// Views of these gradients, to be overwritten.
  ///
  /// - Parameter norm: Told of the weights' rows, as the gradients at `index` and the next index.
  package mutating func mutableViews(
    norm: GradientNorm? = nil, index: Int = 0
  ) -> GradientViews {
    GradientViews(
      inputWeights: GradientView(inputWeights.mutableView(), norm: norm, index: index),
      recurrentWeights: GradientView(
        recurrentWeights.mutableView(), norm: norm, index: index + 1),
      bias: bias.mutableView(), recurrentBias: recurrentBias.mutableView())
  }

  /// The backward pass; the trace holds the gradient of the state after the last step, and then that
  /// of the state before the first.
  ///
  /// A member computes the gradients of the gates of its own units of its own sequences, and the gradient
  /// that these get from the future: at most one barrier a time step.
  package func backward(
    _ dhs: MatrixView, trace: borrowing Trace, gradients: GradientViews, dxs: MatrixView,
    panels: borrowing Panels, member: ThreadTeam.Member
  ) {
    let batch = trace.batchSize
    let rows = dhs.rows
    let sums = trace.gateGradients.view.rows(from: 0, count: rows)
    let recurrentSums = trace.recurrentSumGradients.view.rows(from: 0, count: rows)
    let apart = Cell.separatesRecurrentSums
    let own = StepShare(self, batchSize: batch, panels: panels, member: member)
    let (start, count) = (own.sequences.lowerBound, own.sequences.count)
    let future = trace.future.view.rows(from: start, count: count)
    let units = units(own.parts)
    trace.packedHiddens.pack(trace.hiddens.view.rows(from: 0, count: rows), member: member)
    for t in (0..<rows / batch).reversed() {
      let first = t * batch + start
      let step = CellStepGradients(
        above: dhs.rows(from: first, count: count), future: future,
        cell: trace.cellFuture.view.rows(from: start, count: count),
        gates: sums.rows(from: first, count: count),
        recurrentSums: recurrentSums.rows(from: first, count: count))
      if !own.parts.isEmpty {
        Cell.backward(trace.step(t, of: own.sequences), gradients: step, units: units)
        for gate in 0..<Cell.gateCount {
          let unit = gate * hiddenSize
          let columns = unit + units.lowerBound..<unit + units.upperBound
          trace.roundedGateGradients.round(step.gates, at: first, columns: columns)
          if apart {
            trace.roundedSumGradients.round(step.recurrentSums, at: first, columns: columns)
          }
        }
      }
      if own.needsOthers { member.barrier() }
      member.multiply(
        apart
          ? trace.roundedSumGradients.operand(step.recurrentSums, at: first)
          : trace.roundedGateGradients.operand(step.gates, at: first),
        panels.recurrent.backward, panels: own.parts, into: future,
        from: apart ? .result : .zero)
    }
    let operand = trace.roundedGateGradients.operand(sums)
    if own.needsOthers {
      member.multiply(operand, panels.input.backward, into: dxs)
    } else {
      own.multiply(
        operand, panels.input.backward, into: dxs, from: .zero, batchSize: batch, member: member)
      member.barrier()
    }
    member.multiplyTransposed(operand, trace.packedInputs, into: gradients.inputWeights)
    member.multiplyTransposed(
      apart ? trace.roundedSumGradients.operand(recurrentSums) : operand, trace.packedHiddens,
      into: gradients.recurrentWeights)
    member.sumColumns(Operand(sums), into: gradients.bias)
    if apart { member.sumColumns(Operand(recurrentSums), into: gradients.recurrentBias) }
    member.barrier()
  }
}
