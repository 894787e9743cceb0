import CKernels

/// y = layernorm(x)·weight + bias      x [R…,D]  weight [D]  bias [D]  → y [R…,D]
///
/// Ba, Kiros & Hinton 2016. Keeps mean and 1/σ a row.
public struct AffineNorm: Op {
  public let eps: Float
  /// The type of y; x is f32.
  public let result: ElementType
  public init(eps: Float, as result: ElementType = .f32) { (self.eps, self.result) = (eps, result) }

  public static let name = "AffineNorm"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { 8 * Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x[1].count == x[0].width && x[2].count == x[0].width, "norm: x \(x[0]), weight \(x[1]), bias \(x[2])")
    return (x[0], [[x[0].rows], [x[0].rows]])
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (result, .f32) }

  private static let grain = 64

  public var isCheap: Bool { true }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let kernels = y.kernels, d = y.shape.width, size = y.type.size
    let from = x[0].pointer, weight = x[1].pointer, bias = x[2].pointer, to = y.raw, mean = kept[0].pointer,
      rstd = kept[1].pointer
    y.compute.parallel(over: y.shape.rows, grain: Self.grain) { r in
      let i = r.lowerBound
      kernels.norm_forward(r.count, d, from + i * d, weight, bias, 0, eps, to + i * d * size, mean + i, rstd + i)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, kernels = y.kernels, d = y.shape.width, rows = y.shape.rows, size = dy.type.size
    let input = dx[0]?.open(), to = input?.tensor.pointer, accumulate: Int32 = input?.accumulate == true ? 1 : 0
    let from = x[0].pointer, weight = x[1].pointer, slope = dy.raw, mean = kept[0].pointer, rstd = kept[1].pointer
    let runs = (rows + Self.grain - 1) / Self.grain
    let scales = c.scratch(runs * d), shifts = c.scratch(runs * d)
    let scale = scales.base, shift = shifts.base
    c.parallel(over: rows, grain: Self.grain) { r in
      let i = r.lowerBound, run = i / Self.grain
      kernels.norm_backward(
        r.count, d, from + i * d, weight, 0, mean + i, rstd + i, slope + i * d * size, to.map { $0 + i * d },
        accumulate, scale + run * d, shift + run * d)
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
      for e in 0..<d {
        y.values[r * d + e] =
          (x[0].values[r * d + e] - mean) / (variance + Double(eps)).squareRoot() * x[1].values[e] + x[2].values[e]
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", AffineNorm(eps: 1e-6), [[2, 3, 11], [11], [11]]),
      OpCase("many rows", AffineNorm(eps: 1e-5), [[150, 6], [6], [6]]),
    ]
  }
}
