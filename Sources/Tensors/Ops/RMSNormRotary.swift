import CKernels

/// y = rotate(x / rms(x) · weight)      x [B,T,D]  weight [D]  cos, sin [T,H/2] (optional)  → y [B,T,D]
///
/// The norm runs across all heads (Zhang & Sennrich 2019; Wan's `rms_norm_across_heads`); the rotation turns feature pairs
/// (2i, 2i+1) of each head of H features by the token's angles (Su et al. 2021). Without tables it is the norm alone.
public struct RMSNormRotary: Op {
  /// H, features a head.
  public let head: Int
  public let eps: Float
  public init(head: Int, eps: Float) { (self.head, self.eps) = (head, eps) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x[0].rank == 3 && x[1].count == x[0][2] && x[0][2] % head == 0, "rms norm: x \(x[0]), weight \(x[1]), heads of \(head)")
    precondition(x.count == 2 || (x.count == 4 && head % 2 == 0 && x[2] == [x[0][1], head / 2] && x[3] == x[2]), "rms norm: rotary tables \(x.dropFirst(2))")
    return (x[0], [[x[0].rows]])
  }

  private static let grain = 64

  /// Tiles of rows within one sample: (row, rows, token).
  private func tiles(_ shape: Shape) -> (count: Int, at: (Int) -> (row: Int, rows: Int, token: Int)) {
    let t = shape[1], per = (t + Self.grain - 1) / Self.grain
    return (shape[0] * per, { i in
      let token = i % per * Self.grain
      return (i / per * t + token, min(Self.grain, t - token), token)
    })
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, d = y.shape.width, tiles = tiles(y.shape), half = head / 2
    c.parallel(tiles.count) { i, _ in
      let t = tiles.at(i)
      c.kernels.rms_forward(t.rows, d, head, x[0].pointer + t.row * d, x[1].pointer, x.count == 4 ? x[2].pointer + t.token * half : nil,
                            x.count == 4 ? x[3].pointer + t.token * half : nil, eps, y.pointer + t.row * d, kept[0].pointer + t.row)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, d = y.shape.width, tiles = tiles(y.shape), half = head / 2
    let input = dx[0]?.open()
    let partial = c.scratch(tiles.count * d), rows = c.scratch(c.threads * d)
    c.parallel(tiles.count) { i, worker in
      let t = tiles.at(i)
      c.kernels.rms_backward(t.rows, d, head, x[0].pointer + t.row * d, x[1].pointer, x.count == 4 ? x[2].pointer + t.token * half : nil,
                             x.count == 4 ? x[3].pointer + t.token * half : nil, kept[0].pointer + t.row, dy.pointer + t.row * d,
                             input.map { $0.tensor.pointer + t.row * d }, input?.accumulate == true ? 1 : 0, partial.base + i * d,
                             rows.base + worker * d)
    }
    if let (t, accumulate) = dx[1]?.open() { c.sumPartials(tiles.count, d, partial.base, accumulate: accumulate, t.pointer) }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let (b, t, d) = (x[0].shape[0], x[0].shape[1], x[0].shape[2])
    var y = Oracle(zeros: x[0].shape)
    for i in 0..<b {
      for j in 0..<t {
        let row = (0..<d).map { x[0][i, j, $0] }
        let k = 1 / (row.reduce(0) { $0 + $1 * $1 } / Double(d) + Double(eps)).squareRoot()
        let n = (0..<d).map { row[$0] * k * x[1].values[$0] }
        for e in stride(from: 0, to: d, by: 2) {
          guard x.count == 4 else { y[i, j, e] = n[e]; if e + 1 < d { y[i, j, e + 1] = n[e + 1] }; continue }
          let c = x[2][j, e % head / 2], s = x[3][j, e % head / 2]
          y[i, j, e] = n[e] * c - n[e + 1] * s
          y[i, j, e + 1] = n[e] * s + n[e + 1] * c
        }
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    // Any angles will do: cos and sin are inputs without gradients here.
    let angles = (0..<5 * 3).map { Float($0) * 0.37 }
    let many = (0..<130 * 2).map { Float($0) * 0.11 }
    return [
      OpCase("norm alone", RMSNormRotary(head: 5, eps: 1e-6), [[2, 3, 15], [15]]),
      OpCase("rotated", RMSNormRotary(head: 6, eps: 1e-6), [[2, 5, 12], [12], [5, 3], [5, 3]], fixed: [2: angles.map(cosine), 3: angles.map(sine)]),
      OpCase("long", RMSNormRotary(head: 4, eps: 1e-6), [[1, 130, 8], [8], [130, 2], [130, 2]], fixed: [2: many.map(cosine), 3: many.map(sine)]),
    ]
  }
}
