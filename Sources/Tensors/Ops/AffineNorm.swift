import CKernels

/// y = layernorm(x)·weight + bias      x [R…,D]  weight [D]  bias [D]  → y [R…,D]
///
/// Ba, Kiros & Hinton 2016. Keeps mean and 1/σ a row.
public struct AffineNorm: Op {
  public let eps: Float
  /// The type of y; x is f32.
  public let result: ElementType
  public init(eps: Float, as result: ElementType = .f32) { (self.eps, self.result) = (eps, result) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x[1].count == x[0].width && x[2].count == x[0].width, "norm: x \(x[0]), weight \(x[1]), bias \(x[2])")
    return (x[0], [[x[0].rows], [x[0].rows]])
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (result, .f32) }

  private static let grain = 64

  public var isCheap: Bool { true }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, kernels = y.kernels, d = y.shape.width
    c.parallel(over: y.shape.rows, grain: Self.grain) { r in
      kernels.norm_forward(r.count, d, x[0].pointer + r.lowerBound * d, x[1].pointer, x[2].pointer, 0, eps, y.raw + r.lowerBound * d * y.type.size,
                             kept[0].pointer + r.lowerBound, kept[1].pointer + r.lowerBound)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, kernels = y.kernels, d = y.shape.width, rows = y.shape.rows
    let input = dx[0]?.open()
    let runs = (rows + Self.grain - 1) / Self.grain
    let scales = c.scratch(runs * d), shifts = c.scratch(runs * d)
    c.parallel(over: rows, grain: Self.grain) { r in
      let i = r.lowerBound / Self.grain
      kernels.norm_backward(r.count, d, x[0].pointer + r.lowerBound * d, x[1].pointer, 0, kept[0].pointer + r.lowerBound, kept[1].pointer + r.lowerBound,
                              dy.raw + r.lowerBound * d * dy.type.size, input.map { $0.tensor.pointer + r.lowerBound * d }, input?.accumulate == true ? 1 : 0,
                              scales.base + i * d, shifts.base + i * d)
    }
    if let (t, accumulate) = dx[1]?.open() { c.sumPartials(runs, d, scales.base, accumulate: accumulate, t.pointer) }
    if let (t, accumulate) = dx[2]?.open() { c.sumPartials(runs, d, shifts.base, accumulate: accumulate, t.pointer) }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let d = x[0].shape.width
    var y = x[0]
    for r in 0..<x[0].shape.rows {
      let row = x[0].values[r * d..<(r + 1) * d]
      let mean = row.reduce(0, +) / Double(d)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(d)
      for e in 0..<d { y.values[r * d + e] = (x[0].values[r * d + e] - mean) / (variance + Double(eps)).squareRoot() * x[1].values[e] + x[2].values[e] }
    }
    return y
  }

  public static var cases: [OpCase] {
    [OpCase("plain", AffineNorm(eps: 1e-6), [[2, 3, 11], [11], [11]]), OpCase("many rows", AffineNorm(eps: 1e-5), [[150, 6], [6], [6]])]
  }
}
