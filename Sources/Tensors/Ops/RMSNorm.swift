import CKernels

/// y = x / rms(x) · weight      x [R…,D]  weight [D]  → y [R…,D]
///
/// Zhang & Sennrich 2019, with ε inside the root: no mean, no shift (T5's layer norm). Run frozen only.
public struct RMSNorm: Op {
  public let eps: Float
  /// The type of y; x is f32.
  public let result: ElementType
  public init(eps: Float, as result: ElementType = .f32) { (self.eps, self.result) = (eps, result) }

  public static let name = "RMSNorm"
  public func isDifferentiable(_ input: Int) -> Bool { false }
  public func flops(_ x: [Shape]) -> Double { 4 * Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x.count == 2 && x[1].count == x[0].width, "norm: \(x)")
    return (x[0], [])
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (result, .f32) }

  private static let grain = 16

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, d = y.shape.width, size = y.type.size, grain = Self.grain, isRounded = y.type != .f32,
      kernels = y.kernels, f32 = c.f32
    let from = x[0].pointer, weight = x[1].pointer, to = y.raw, room = c.scratch(c.threads * grain * d),
      rooms = room.base
    c.parallel((y.shape.rows + grain - 1) / grain) { i, worker in
      let row = i * grain, rows = min(grain, y.shape.rows - row)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: grain) { rstd in
        let scales = rstd.baseAddress!, wide = isRounded ? rooms + worker * grain * d : nil
        f32.rms_rows(rows, d, from + row * d, d, eps, scales)
        f32.rms_head(
          rows, d, from + row * d, d, weight, nil, nil, scales,
          wide.map { UnsafeMutableRawPointer($0) }
            ?? to + row * d * size)
        if let wide { kernels.round_rows(rows, d, wide, d, to + row * d * size, d, 0) }
      }
    }
    withExtendedLifetime(room) {}
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {}

  public func reference(_ x: [Oracle]) -> Oracle {
    let d = x[0].shape.width
    var y = x[0]
    for r in 0..<x[0].shape.rows {
      let row = x[0].values[r * d..<(r + 1) * d], square = row.reduce(0) { $0 + $1 * $1 } / Double(d)
      for e in 0..<d { y.values[r * d + e] *= x[1].values[e] / (square + Double(eps)).squareRoot() }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", RMSNorm(eps: 1e-6), [[2, 3, 11], [11]]),
      OpCase("many rows", RMSNorm(eps: 1e-2), [[70, 6], [6]]),
    ]
  }
}
