/// weight · the mean of |y − target|      y, target [R…] → [1]
public struct AbsoluteError: Op {
  public let weight: Float
  public init(weight: Float = 1) { self.weight = weight }

  public static let name = "AbsoluteError"
  /// The target is given.
  public func isDifferentiable(_ input: Int) -> Bool { input == 0 }
  public func flops(_ x: [Shape]) -> Double { 3 * Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x.count == 2 && x[0] == x[1] && x[0].count > 0, "absolute error: \(x)")
    return ([1], [])
  }

  /// Elements a partial sum holds: what the order of summing depends on.
  private static let run = 1 << 12

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let n = x[0].count, runs = (n + Self.run - 1) / Self.run, a = x[0].pointer, b = x[1].pointer,
      room = y.compute.scratch(2 * runs)
    room.base.withMemoryRebound(to: Double.self, capacity: runs) { sums in
      y.compute.parallel(runs) { i, _ in
        var sum = 0.0
        for e in i * Self.run..<min(n, (i + 1) * Self.run) { sum += Double(abs(a[e] - b[e])) }
        sums[i] = sum
      }
      y.pointer[0] = Float(Double(weight) * (0..<runs).reduce(0.0) { $0 + sums[$1] } / Double(n))
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let (t, accumulate) = dx[0]?.open() else { return }
    let a = x[0].pointer, b = x[1].pointer, to = t.pointer, slope = dy.pointer[0] * weight / Float(t.count)
    y.compute.parallel(over: t.count, grain: Self.run) { r in
      for e in r {
        let d = a[e] - b[e], s = d > 0 ? slope : d < 0 ? -slope : d * slope
        to[e] = accumulate ? to[e] + s : s
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let sum = zip(x[0].values, x[1].values).reduce(0.0) { $0 + abs($1.0 - $1.1) }
    return Oracle([1], [Double(weight) * sum / Double(x[0].values.count)])
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", AbsoluteError(), [[2, 3, 5], [2, 3, 5]]),
      OpCase("weighted", AbsoluteError(weight: 0.25), [[3, 7], [3, 7]]),
      // Far from the kink, over which no central difference reaches.
      OpCase(
        "several sums", AbsoluteError(), [[5000], [5000]],
        fixed: [1: (0..<5000).map { $0 % 2 == 0 ? 20 : -20 }]),
    ]
  }
}
