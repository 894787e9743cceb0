/// How far apart two networks' features are, of unit length a position (Zhang et al. 2018, eq. 1)
///
/// a [N,…,C]  b [N,…,C]  weight [C] → y [N]: the mean over positions of Σ_c weight_c (a_c/(‖a‖+ε) − b_c/(‖b‖+ε))², ε = 10⁻¹⁰.
/// A gradient flows to a alone; where ‖a‖ is zero, of which there is no direction, it is none.
public struct UnitDistance: Op {
  public init() {}

  public static let name = "UnitDistance"
  public func isDifferentiable(_ input: Int) -> Bool { input == 0 }
  public func flops(_ x: [Shape]) -> Double { 8 * Double(x[0].count) }

  private static let eps: Float = 1e-10
  /// Positions a partial sum holds: what the order of summing depends on.
  private static let run = 64

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x[0] == x[1] && x[2].count == x[0].width && x[0].rank >= 2, "unit distance: \(x)")
    return ([x[0][0]], [])
  }

  /// Σ v², in eight sums.
  private static func squares(_ v: UnsafePointer<Float>, _ count: Int) -> Float {
    var sums = SIMD8<Float>.zero, i = 0
    while i + 8 <= count {
      let x = UnsafeRawPointer(v + i).loadUnaligned(as: SIMD8<Float>.self)
      sums += x * x
      i += 8
    }
    var sum = sums.sum()
    while i < count { sum += v[i] * v[i]; i += 1 }
    return sum
  }

  /// Σ weight (p·a − q·b)², in eight sums.
  private static func difference(
    _ a: UnsafePointer<Float>, _ p: Float, _ b: UnsafePointer<Float>, _ q: Float, _ weight: UnsafePointer<Float>,
    _ count: Int
  ) -> Float {
    var sums = SIMD8<Float>.zero, i = 0
    func eight(_ at: UnsafePointer<Float>) -> SIMD8<Float> {
      UnsafeRawPointer(at + i).loadUnaligned(as: SIMD8<Float>.self)
    }
    while i + 8 <= count {
      let d = eight(a) * p - eight(b) * q
      sums += eight(weight) * d * d
      i += 8
    }
    var sum = sums.sum()
    while i < count {
      let d = a[i] * p - b[i] * q
      sum += weight[i] * d * d
      i += 1
    }
    return sum
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = x[0].shape.width, n = y.count, positions = x[0].count / max(1, n * c), a = x[0].pointer, b = x[1].pointer,
      weight = x[2].pointer, runs = (positions + Self.run - 1) / Self.run, room = y.compute.scratch(2 * n * runs)
    room.base.withMemoryRebound(to: Double.self, capacity: n * runs) { sums in
      y.compute.parallel(n * runs) { i, _ in
        let first = i % runs * Self.run
        var sum = 0.0
        for p in first..<min(positions, first + Self.run) {
          let at = (i / runs * positions + p) * c
          sum += Double(
            Self.difference(
              a + at, 1 / (Self.squares(a + at, c).squareRoot() + Self.eps), b + at,
              1 / (Self.squares(b + at, c).squareRoot() + Self.eps), weight, c))
        }
        sums[i] = sum
      }
      for i in 0..<n {
        y.pointer[i] = Float((0..<runs).reduce(0.0) { $0 + sums[i * runs + $1] } / Double(max(1, positions)))
      }
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let (t, accumulate) = dx[0]?.open() else { return }
    let c = t.shape.width, n = y.count, positions = t.count / max(1, n * c), a = x[0].pointer, b = x[1].pointer,
      weight = x[2].pointer, slope = dy.pointer, to = t.pointer
    y.compute.parallel(over: n * positions, grain: Self.run) { r in
      for place in r {
        let at = place * c, length = Self.squares(a + at, c).squareRoot(), p = 1 / (length + Self.eps),
          q = 1 / (Self.squares(b + at, c).squareRoot() + Self.eps),
          scale = length > 0 ? 2 * slope[place / positions] / Float(positions) : 0
        var along: Float = 0
        for e in 0..<c { along += weight[e] * (a[at + e] * p - b[at + e] * q) * a[at + e] }
        let turn = length > 0 ? along * p / length : 0
        for e in 0..<c {
          let d = scale * p * (weight[e] * (a[at + e] * p - b[at + e] * q) - turn * a[at + e])
          to[at + e] = accumulate ? to[at + e] + d : d
        }
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let c = x[0].shape.width, n = x[0].shape[0], positions = x[0].values.count / (n * c), eps = Double(Self.eps)
    var y = Oracle(zeros: [n])
    for place in 0..<n * positions {
      let range = place * c..<(place + 1) * c
      let length = [x[0], x[1]].map { $0.values[range].reduce(0) { $0 + $1 * $1 }.squareRoot() + eps }
      for e in 0..<c {
        let d = x[0].values[place * c + e] / length[0] - x[1].values[place * c + e] / length[1]
        y.values[place / positions] += x[2].values[e] * d * d / Double(positions)
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", UnitDistance(), [[2, 1, 3, 2, 5], [2, 1, 3, 2, 5], [5]]),
      OpCase("several sums", UnitDistance(), [[2, 70, 19], [2, 70, 19], [19]]),
    ]
  }
}
