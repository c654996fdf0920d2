import EddyNN

/// The state of a recurrent layer's twin, or the gradient of one.
struct TwinState<Scalar: TwinFloat>: Sendable {
  /// `[B, H]`
  var hidden: TwinMatrix<Scalar>
  /// `[B, H]`, or `[B, 0]`
  var cell: TwinMatrix<Scalar>
}

/// One time step of a recurrent layer's twin.
struct TwinStep<Scalar: TwinFloat> {
  var before, after: TwinState<Scalar>
  /// `[B, H]`, or `[B, 0]`
  var tanhCell: TwinMatrix<Scalar>
  /// Activations, `[B, G·H]`
  var gates: TwinMatrix<Scalar>
  /// `[B, G·H]`, or `[B, 0]`
  var recurrentSums: TwinMatrix<Scalar>
}

/// Plain loops that repeat Sources/CEddyKernels/body/gates.h.
protocol TwinCell: RecurrentCell {
  /// One step from its sums, `[B, G·H]`, and the recurrent sums where they are kept apart.
  static func step<Scalar>(
    sums: TwinMatrix<Scalar>, recurrentSums: TwinMatrix<Scalar>, before: TwinState<Scalar>
  ) -> TwinStep<Scalar>

  /// The gradients of the two sums. `future` holds the gradient of the state after the step, then the
  /// part of that of the state before that does not pass the recurrent weights.
  static func backward<Scalar>(
    _ step: TwinStep<Scalar>, above: TwinMatrix<Scalar>, future: inout TwinState<Scalar>
  ) -> (sums: TwinMatrix<Scalar>, recurrentSums: TwinMatrix<Scalar>)
}

extension RNNCell: TwinCell {
  static func step<Scalar>(
    sums: TwinMatrix<Scalar>, recurrentSums: TwinMatrix<Scalar>, before: TwinState<Scalar>
  ) -> TwinStep<Scalar> {
    var hidden = sums
    for index in hidden.elements.indices {
      hidden.elements[index] = Scalar.hyperbolicTangent(sums.elements[index])
    }
    return TwinStep(
      before: before, after: TwinState(hidden: hidden, cell: before.cell), tanhCell: before.cell,
      gates: sums, recurrentSums: recurrentSums)
  }

  static func backward<Scalar>(
    _ step: TwinStep<Scalar>, above: TwinMatrix<Scalar>, future: inout TwinState<Scalar>
  ) -> (sums: TwinMatrix<Scalar>, recurrentSums: TwinMatrix<Scalar>) {
    var sums = above
    for index in sums.elements.indices {
      let h = step.after.hidden.elements[index]
      sums.elements[index] =
        (above.elements[index] + future.hidden.elements[index]) * (1 as Scalar).addingProduct(-h, h)
    }
    future.hidden = TwinMatrix(rows: above.rows, columns: above.columns)
    return (sums, step.recurrentSums)
  }
}

extension LSTMCell: TwinCell {
  static func step<Scalar>(
    sums: TwinMatrix<Scalar>, recurrentSums: TwinMatrix<Scalar>, before: TwinState<Scalar>
  ) -> TwinStep<Scalar> {
    let size = before.hidden.columns
    var (gates, after, tanhCell) = (sums, before, before.cell)
    for row in 0..<sums.rows {
      for unit in 0..<size {
        let i = Scalar.sigmoid(sums[row, unit])
        let f = Scalar.sigmoid(sums[row, size + unit])
        let g = Scalar.hyperbolicTangent(sums[row, 2 * size + unit])
        let o = Scalar.sigmoid(sums[row, 3 * size + unit])
        for (gate, value) in [i, f, g, o].enumerated() { gates[row, gate * size + unit] = value }
        let c = (i * g).addingProduct(f, before.cell[row, unit])
        tanhCell[row, unit] = Scalar.hyperbolicTangent(c)
        after.cell[row, unit] = c
        after.hidden[row, unit] = o * tanhCell[row, unit]
      }
    }
    return TwinStep(
      before: before, after: after, tanhCell: tanhCell, gates: gates, recurrentSums: recurrentSums)
  }

  static func backward<Scalar>(
    _ step: TwinStep<Scalar>, above: TwinMatrix<Scalar>, future: inout TwinState<Scalar>
  ) -> (sums: TwinMatrix<Scalar>, recurrentSums: TwinMatrix<Scalar>) {
    let size = above.columns
    var sums = step.gates
    for row in 0..<above.rows {
      for unit in 0..<size {
        let i = step.gates[row, unit]
        let f = step.gates[row, size + unit]
        let g = step.gates[row, 2 * size + unit]
        let o = step.gates[row, 3 * size + unit]
        let t = step.tanhCell[row, unit]
        let dh = above[row, unit] + future.hidden[row, unit]
        let dc = future.cell[row, unit].addingProduct(dh * o, (1 as Scalar).addingProduct(-t, t))
        sums[row, unit] = dc * g * (i * (1 - i))
        sums[row, size + unit] = dc * step.before.cell[row, unit] * (f * (1 - f))
        sums[row, 2 * size + unit] = dc * i * (1 as Scalar).addingProduct(-g, g)
        sums[row, 3 * size + unit] = dh * t * (o * (1 - o))
        future.cell[row, unit] = dc * f
      }
    }
    future.hidden = TwinMatrix(rows: above.rows, columns: size)
    return (sums, step.recurrentSums)
  }
}

extension GRUCell: TwinCell {
  static func step<Scalar>(
    sums: TwinMatrix<Scalar>, recurrentSums: TwinMatrix<Scalar>, before: TwinState<Scalar>
  ) -> TwinStep<Scalar> {
    let size = before.hidden.columns
    var (gates, after) = (sums, before)
    for row in 0..<sums.rows {
      for unit in 0..<size {
        let r = Scalar.sigmoid(sums[row, unit] + recurrentSums[row, unit])
        let z = Scalar.sigmoid(sums[row, size + unit] + recurrentSums[row, size + unit])
        let n = Scalar.hyperbolicTangent(
          sums[row, 2 * size + unit].addingProduct(r, recurrentSums[row, 2 * size + unit]))
        for (gate, value) in [r, z, n].enumerated() { gates[row, gate * size + unit] = value }
        after.hidden[row, unit] = n.addingProduct(z, before.hidden[row, unit] - n)
      }
    }
    return TwinStep(
      before: before, after: after, tanhCell: before.cell, gates: gates,
      recurrentSums: recurrentSums)
  }

  static func backward<Scalar>(
    _ step: TwinStep<Scalar>, above: TwinMatrix<Scalar>, future: inout TwinState<Scalar>
  ) -> (sums: TwinMatrix<Scalar>, recurrentSums: TwinMatrix<Scalar>) {
    let size = above.columns
    var (sums, recurrentSums) = (step.gates, step.gates)
    for row in 0..<above.rows {
      for unit in 0..<size {
        let r = step.gates[row, unit]
        let z = step.gates[row, size + unit]
        let n = step.gates[row, 2 * size + unit]
        let dh = above[row, unit] + future.hidden[row, unit]
        let dn = dh * (1 - z) * (1 as Scalar).addingProduct(-n, n)
        let dr = dn * step.recurrentSums[row, 2 * size + unit] * (r * (1 - r))
        let dz = dh * (step.before.hidden[row, unit] - n) * (z * (1 - z))
        for (gate, value) in [dr, dz, dn].enumerated() { sums[row, gate * size + unit] = value }
        for (gate, value) in [dr, dz, dn * r].enumerated() {
          recurrentSums[row, gate * size + unit] = value
        }
        future.hidden[row, unit] = dh * z
      }
    }
    return (sums, recurrentSums)
  }
}
