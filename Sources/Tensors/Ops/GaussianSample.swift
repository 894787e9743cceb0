#if canImport(Glibc)
  import Glibc
#endif

/// z = μ + ε·exp(½·ln σ²)      moments [R…,2C]: μ, then ln σ² kept within [−30, 20]; ε [R…,C] → z [R…,C]
///
/// The reparameterisation of Kingma & Welling 2014 (§2.4).
public struct GaussianSample: Op {
  public init() {}

  public static let name = "GaussianSample"
  /// The noise is given.
  public func isDifferentiable(_ input: Int) -> Bool { input == 0 }
  public func flops(_ x: [Shape]) -> Double { 12 * Double(x[1].count) }

  /// Where ln σ² is kept.
  static let least: Float = -30, most: Float = 20

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x.count == 2 && x[0].width == 2 * x[1].width && x[0].rows == x[1].rows, "moments \(x[0]), noise \(x[1])")
    return (x[1], [])
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.shape.width, from = x[0].pointer, noise = x[1].pointer, to = y.pointer
    y.compute.parallel(over: y.shape.rows, grain: 64) { r in
      for i in r {
        for e in 0..<c {
          let v = min(max(from[i * 2 * c + c + e], Self.least), Self.most)
          to[i * c + e] = from[i * 2 * c + e] + noise[i * c + e] * exp(0.5 * v)
        }
      }
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let (t, accumulate) = dx[0]?.open() else { return }
    let c = y.shape.width, from = x[0].pointer, noise = x[1].pointer, slope = dy.pointer, to = t.pointer
    y.compute.parallel(over: y.shape.rows, grain: 64) { r in
      for i in r {
        for e in 0..<c {
          let v = from[i * 2 * c + c + e], inside = v >= Self.least && v <= Self.most, g = slope[i * c + e]
          let mean = i * 2 * c + e, s = inside ? g * noise[i * c + e] * 0.5 * exp(0.5 * v) : 0
          to[mean] = accumulate ? to[mean] + g : g
          to[mean + c] = accumulate ? to[mean + c] + s : s
        }
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    var y = Oracle(zeros: x[1].shape)
    let c = y.shape.width
    for i in 0..<y.shape.rows {
      for e in 0..<c {
        let v = min(max(x[0].values[i * 2 * c + c + e], Double(Self.least)), Double(Self.most))
        y.values[i * c + e] = x[0].values[i * 2 * c + e] + x[1].values[i * c + e] * exponential(0.5 * v)
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", GaussianSample(), [[2, 3, 10], [2, 3, 5]]),
      OpCase("past the bounds", GaussianSample(), [[3, 2], [3, 1]], fixed: [0: [0.5, -40, 1, -0.3, -1, 0.2]]),
    ]
  }
}
