import CKernels

/// y = projection + table      projection [B,G,J,D] with J = K or 1  table [1,K,D]  → y [B,G,K,D]
///
/// Wan's modulation: one projection of the time embedding shared by all blocks, plus each block's own learned table.
public struct TableAdd: Op {
  public init() {}

  public static let name = "TableAdd"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { Double(x[0][0] * x[0][1]) * Double(x[1].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    let k = x[1][1]
    precondition(
      x[0].rank == 4 && x[1].rank == 3 && x[0][3] == x[1][2] && (x[0][2] == k || x[0][2] == 1),
      "table: projection \(x[0]), table \(x[1])")
    return ([x[0][0], x[0][1], k, x[0][3]], [])
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let (k, d) = (y.shape[2], y.shape[3]), j = x[0].shape[2], kernels = y.kernels, projection = x[0].pointer,
      table = x[1].pointer, to = y.pointer
    y.compute.parallel(over: y.count / (k * d), grain: 16) { groups in
      for g in groups {
        for p in 0..<k { kernels.add(d, projection + (g * j + min(p, j - 1)) * d, table + p * d, to + (g * k + p) * d) }
      }
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, (k, d) = (y.shape[2], y.shape[3]), j = x[0].shape[2], groups = y.count / (k * d)
    if let (t, accumulate) = dx[1]?.open() {
      c.sumPartials(groups, k * d, dy.pointer, accumulate: accumulate, t.pointer)
    }
    guard let projection = dx[0] else { return }
    if j == k { projection.adopt(dy); return }
    let to = projection.openZeroed().pointer, from = dy.pointer, kernels = c.f32
    c.parallel(over: groups, grain: 16) { r in
      for g in r { for p in 0..<k { kernels.add(d, to + g * d, from + (g * k + p) * d, to + g * d) } }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let (b, g, j, d) = (x[0].shape[0], x[0].shape[1], x[0].shape[2], x[0].shape[3]), k = x[1].shape[1]
    var y = Oracle(zeros: [b, g, k, d])
    for i in 0..<b {
      for f in 0..<g {
        for p in 0..<k { for e in 0..<d { y[i, f, p, e] = x[0][i, f, min(p, j - 1), e] + x[1][0, p, e] } }
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("rows", TableAdd(), [[2, 3, 4, 5], [1, 4, 5]]),
      OpCase("one row", TableAdd(), [[2, 2, 1, 5], [1, 2, 5]]),
    ]
  }
}
