import CKernels

/// y = x·√C/max(‖x‖₂, 10⁻¹²)·γ, the norm over the channels of a pixel      x [R…,C]  γ [C] → y [R…,C]
///
/// Zhang & Sennrich 2019 (RMS norm) with the least norm of the Wan family's autoencoders. Where a convolution follows,
/// `Convolution` does it.
public struct ChannelNorm: Op {
  public init() {}

  public static let name = "ChannelNorm"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { 6 * Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x.count == 2 && x[1].count == x[0].width, "norm of channels: \(x)")
    return (x[0], [[x[0].rows]])
  }

  private static let grain = 64
  public var isCheap: Bool { true }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let d = y.shape.width, kernels = y.compute.f32, from = x[0].pointer, weight = x[1].pointer, to = y.pointer,
      norms = kept[0].pointer
    y.compute.parallel(over: y.shape.rows, grain: Self.grain) { r in
      let i = r.lowerBound
      kernels.channel_rows(r.count, d, from + i * d, weight, 0, norms + i, to + i * d, d)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    Self.backward(.none, x[0], x[1], norms: kept[0].pointer, dy, dx[0], dx[1])
  }

  /// - Parameter norms: what the forward pass kept of each row.
  static func backward(
    _ activation: Linear.Activation, _ x: Tensor, _ gamma: Tensor, norms: UnsafePointer<Float>, _ dy: Tensor,
    _ dx: Gradient?, _ dgamma: Gradient?
  ) {
    let c = x.compute, d = x.shape.width, rows = x.shape.rows, input = dx?.open(), to = input?.tensor.pointer,
      accumulate: Int32 = input?.accumulate == true ? 1 : 0, kernels = c.f32
    let runs = (rows + grain - 1) / grain, parts = c.scratch(runs * d), part = parts.base, from = x.pointer,
      weight = gamma.pointer, slope = dy.pointer
    c.parallel(over: rows, grain: grain) { r in
      let i = r.lowerBound
      kernels.channel_backward(
        r.count, d, from + i * d, weight, activation.rawValue, norms + i, slope + i * d, to.map { $0 + i * d },
        accumulate, part + i / grain * d)
    }
    if let (t, accumulate) = dgamma?.open() { c.sumPartials(runs, d, parts.base, accumulate: accumulate, t.pointer) }
    withExtendedLifetime(parts) {}
  }

  public func reference(_ x: [Oracle]) -> Oracle { Self.reference(.none, x[0], x[1]) }

  static func reference(_ activation: Linear.Activation, _ x: Oracle, _ gamma: Oracle) -> Oracle {
    let d = x.shape.width
    var y = x
    for r in 0..<x.shape.rows {
      let norm = (0..<d).reduce(0.0) { $0 + x.values[r * d + $1] * x.values[r * d + $1] }.squareRoot(),
        k = Double(d).squareRoot() / max(norm, 1e-12)
      for e in 0..<d { y.values[r * d + e] = activation.reference(x.values[r * d + e] * k * gamma.values[e]) }
    }
    return y
  }

  public static var cases: [OpCase] {
    [OpCase("plain", ChannelNorm(), [[2, 3, 11], [11]]), OpCase("many rows", ChannelNorm(), [[150, 6], [6]])]
  }
}
