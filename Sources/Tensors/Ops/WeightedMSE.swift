import CKernels

/// loss = Σ_s weight[s] · mean_s (prediction − target)²      prediction, target [S…, n]  weight [S]  → loss [1]
///
/// A segment s is one of `weight.count` equal contiguous runs of elements (a latent frame of a sample, say); its mean
/// runs over its own elements. No gradient flows to target or weight.
public struct WeightedMSE: Op {
  public init() {}

  public static let name = "WeightedMSE"
  public func isDifferentiable(_ input: Int) -> Bool { input == 0 }
  public func flops(_ x: [Shape]) -> Double { 3 * Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x[0].count == x[1].count && x[2].count > 0 && x[0].count % x[2].count == 0,
      "mse: \(x[0]), target \(x[1]), weight \(x[2])")
    return ([1], [])
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, segments = x[2].count, n = x[0].count / segments, prediction = x[0].pointer,
      target = x[1].pointer, weight = x[2].pointer
    var parts = [Double](repeating: 0, count: segments)
    parts.withUnsafeMutableBufferPointer { parts in
      let out = parts.baseAddress!
      c.parallel(segments) { s, _ in out[s] = c.kernels.squared_error(n, prediction + s * n, target + s * n) }
    }
    y.pointer[0] = Float((0..<segments).reduce(0.0) { $0 + Double(weight[$1]) * parts[$1] } / Double(n))
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let (t, accumulate) = dx[0]?.open() else { return }
    let c = y.compute, segments = x[2].count, n = x[0].count / segments, prediction = x[0].pointer,
      target = x[1].pointer, weight = x[2].pointer, to = t.pointer
    let scale = dy.pointer[0] / Float(n)
    c.parallel(segments) { s, _ in
      c.kernels.squared_error_backward(
        n, weight[s] * scale, prediction + s * n, target + s * n, to + s * n, accumulate ? 1 : 0)
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let segments = x[2].shape.count, n = x[0].values.count / segments
    let total = x[0].values.indices.reduce(0.0) { sum, i in
      let e = x[0].values[i] - x[1].values[i]
      return sum + x[2].values[i / n] * e * e
    }
    return Oracle([1], [total / Double(n)])
  }

  public static var cases: [OpCase] {
    [
      OpCase("segments", WeightedMSE(), [[2, 3, 5], [2, 3, 5], [6]]),
      OpCase("one", WeightedMSE(), [[700], [700], [1]]),
    ]
  }
}
