import CKernels

/// y = x + gate ∘ h      x, h [B,T,D]  modulation [B,G,K,D], its row `gate`  → y [B,T,D]
///
/// x and y are f32, h is f32 or bf16. adaLN-Zero's gate (Peebles & Xie 2023, §3.2); groups as in `ModulatedNorm`.
public struct GatedResidual: Op {
  public let gate: Int
  public init(gate: Int) { self.gate = gate }

  public static let name = "GatedResidual"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { 2 * Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x[0] == x[1] && x[2].rank == 4 && x[0][0] == x[2][0] && x[0][2] == x[2][3] && x[0][1] % x[2][1] == 0
        && gate < x[2][2],
      "gated residual: x \(x[0]), h \(x[1]), modulation \(x[2])")
    return (x[0], [])
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let kernels = x[1].kernels, size = x[1].type.size, tiles = GroupTiles(x[0].shape, x[2].shape), d = tiles.d
    let from = x[0].pointer, h = x[1].raw, gates = x[2].pointer + gate * d, to = y.pointer
    y.compute.parallel(tiles.count) { i, _ in
      let t = tiles[i], at = t.row * d
      kernels.gate_forward(t.rows, d, from + at, gates + t.group * tiles.k * d, h + at * size, to + at)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, kernels = x[1].kernels, size = x[1].type.size, tiles = GroupTiles(x[0].shape, x[2].shape),
      d = tiles.d
    let slot = dx[1]?.open(), partial = c.scratch(tiles.count * d)
    let slope = dy.pointer, h = x[1].raw, gates = x[2].pointer + gate * d, sums = partial.base, to = slot?.tensor.raw,
      accumulate: Int32 = slot?.accumulate == true ? 1 : 0
    c.parallel(tiles.count) { i, _ in
      let t = tiles[i], at = t.row * d
      kernels.gate_backward(
        t.rows, d, slope + at, gates + t.group * tiles.k * d, h + at * size, to.map { $0 + at * size }, accumulate,
        sums + i * d)
    }
    defer { withExtendedLifetime(partial) {} }
    if let modulation = dx[2]?.openZeroed() { tiles.gather(c, partial.base, parts: [gate], into: modulation.pointer) }
    dx[0]?.adopt(dy)
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let (b, t, d) = (x[0].shape[0], x[0].shape[1], x[0].shape[2]), per = t / x[2].shape[1]
    var y = Oracle(zeros: x[0].shape)
    for i in 0..<b {
      for j in 0..<t { for e in 0..<d { y[i, j, e] = x[0][i, j, e] + x[2][i, j / per, gate, e] * x[1][i, j, e] } }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("one group", GatedResidual(gate: 2), [[2, 5, 7], [2, 5, 7], [2, 1, 3, 7]]),
      OpCase("groups", GatedResidual(gate: 0), [[1, 6, 4], [1, 6, 4], [1, 3, 2, 4]]),
    ]
  }
}
