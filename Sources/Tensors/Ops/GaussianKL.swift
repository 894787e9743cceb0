#if canImport(Glibc)
  import Glibc
#endif

/// weight · the mean of ½(μ² + σ² − 1 − ln σ²)      moments [R…,2C]: μ, then ln σ² kept within [−30, 20] → [1]
///
/// The divergence of N(μ, σ²) from N(0, 1), an element (Kingma & Welling 2014, appendix B).
public struct GaussianKL: Op {
  public let weight: Float
  public init(weight: Float) { self.weight = weight }

  public static let name = "GaussianKL"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { 8 * Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x.count == 1 && x[0].width % 2 == 0 && x[0].count > 0, "moments \(x)")
    return ([1], [])
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = x[0].shape.width / 2, rows = x[0].shape.rows, from = x[0].pointer, room = y.compute.scratch(2 * rows)
    room.base.withMemoryRebound(to: Double.self, capacity: rows) { sums in
      y.compute.parallel(over: rows, grain: 64) { r in
        for i in r {
          var sum = 0.0
          for e in 0..<c {
            let m = from[i * 2 * c + e],
              v = min(max(from[i * 2 * c + c + e], GaussianSample.least), GaussianSample.most)
            sum += Double(m * m + exp(v) - 1 - v)
          }
          sums[i] = sum
        }
      }
      y.pointer[0] = Float(0.5 * Double(weight) * (0..<rows).reduce(0.0) { $0 + sums[$1] } / Double(rows * c))
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let (t, accumulate) = dx[0]?.open() else { return }
    let c = t.shape.width / 2, from = x[0].pointer, to = t.pointer, slope = dy.pointer[0] * weight / Float(t.count / 2)
    y.compute.parallel(over: t.shape.rows, grain: 64) { r in
      for i in r {
        for e in 0..<c {
          let at = i * 2 * c + e, v = from[at + c], inside = v >= GaussianSample.least && v <= GaussianSample.most,
            mean = slope * from[at], variance = inside ? slope * 0.5 * (exp(v) - 1) : 0
          to[at] = accumulate ? to[at] + mean : mean
          to[at + c] = accumulate ? to[at + c] + variance : variance
        }
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let c = x[0].shape.width / 2, rows = x[0].shape.rows
    var sum = 0.0
    for i in 0..<rows {
      for e in 0..<c {
        let m = x[0].values[i * 2 * c + e],
          v = min(max(x[0].values[i * 2 * c + c + e], Double(GaussianSample.least)), Double(GaussianSample.most))
        sum += 0.5 * (m * m + exponential(v) - 1 - v)
      }
    }
    return Oracle([1], [Double(weight) * sum / Double(rows * c)])
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", GaussianKL(weight: 0.25), [[2, 3, 10]]),
      OpCase("past the bounds", GaussianKL(weight: 1), [[3, 2]], fixed: [0: [0.5, -40, 1, -0.3, -1, 0.2]]),
    ]
  }
}
