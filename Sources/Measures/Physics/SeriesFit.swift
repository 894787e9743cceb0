import Foundation

/// Two straight lines that meet: the time at which a series kinks, as two bodies' distance does when they touch.
///
/// The breakpoint that leaves the least squared residual is taken; the time is where the lines cross, so it is finer
/// than a frame.
struct Kink {
  let time: Double
  /// Values at the crossing and slopes before and after.
  let value, before, after: Double

  /// - Parameter least: points a side.
  /// - Returns: nil with too few points, or when the slopes differ by less than `contrast`.
  init?(_ t: [Double], _ y: [Double], least: Int = 2, contrast: Double) {
    guard t.count >= 2 * least else { return nil }
    var best: (residual: Double, left: Polynomial, right: Polynomial)?
    for split in least...(t.count - least) {
      let left = Polynomial(degree: 1, Array(t[..<split]), Array(y[..<split])),
        right = Polynomial(degree: 1, Array(t[split...]), Array(y[split...]))
      var residual = 0.0
      for i in t.indices {
        let d = y[i] - (i < split ? left : right)(t[i])
        residual += d * d
      }
      if residual < best?.residual ?? .infinity { best = (residual, left, right) }
    }
    guard let best else { return nil }
    let a = best.left.slope, b = best.right.slope
    guard abs(b - a) > contrast else { return nil }
    let crossing = (best.left(0) - best.right(0)) / (b - a)
    guard crossing >= t[0] - (t[t.count - 1] - t[0]), crossing <= 2 * t[t.count - 1] - t[0] else { return nil }
    (time, value, before, after) = (crossing, best.left(crossing), a, b)
  }
}

extension Polynomial {
  /// dy/dt at the centre; the slope of a line.
  var slope: Double { coefficients[1] }
  /// d²y/dt² of a parabola.
  var curvature: Double { 2 * coefficients[2] }
}

/// A period by zero crossings, refined by least squares over sin and cos of ωt and 3ωt (a pendulum's next harmonic).
struct PeriodFit {
  let period: Double

  /// - Returns: nil with under eight points, or under two crossings.
  init?(_ t: [Double], _ y: [Double]) {
    let crossings = Self.crossings(t, y)
    guard t.count >= 8, let first = crossings.first, let last = crossings.last, last > first else { return nil }
    let guess = 2 * (last - first) / Double(crossings.count - 1)
    var best = (residual: Double.infinity, period: guess)
    let ratio = pow(1.2, 1.0 / 20)
    for i in -20...20 {
      let period = guess * pow(ratio, Double(i)), residual = Self.residual(period, t, y)
      if residual < best.residual { best = (residual, period) }
    }
    period = Self.minimum(best.period / ratio, best.period * ratio) { Self.residual($0, t, y) }
  }

  /// Times at which the series changes sign, by linear interpolation.
  static func crossings(_ t: [Double], _ y: [Double]) -> [Double] {
    guard t.count > 1 else { return [] }
    return (1..<t.count).compactMap { (i: Int) -> Double? in
      guard (y[i - 1] < 0) != (y[i] < 0) else { return nil }
      let share = y[i - 1] / (y[i - 1] - y[i])
      return t[i - 1] + (t[i] - t[i - 1]) * share
    }
  }

  private static func residual(_ period: Double, _ t: [Double], _ y: [Double]) -> Double {
    let w = 2 * Double.pi / period
    let basis = t.map { [cos(w * $0), sin(w * $0), cos(3 * w * $0), sin(3 * w * $0)] }
    let c = LeastSquares.solve(basis, y, damping: 1e-9)
    return zip(basis, y).reduce(0) { sum, row in
      let d = row.1 - zip(row.0, c).reduce(0) { $0 + $1.0 * $1.1 }
      return sum + d * d
    }
  }

  /// Golden section.
  private static func minimum(_ low: Double, _ high: Double, _ f: (Double) -> Double) -> Double {
    let phi = (5.0.squareRoot() - 1) / 2
    var a = low, b = high, x = b - phi * (b - a), y = a + phi * (b - a), fx = f(x), fy = f(y)
    while b - a > 1e-9 * abs(b) {
      if fx < fy {
        (b, y, fy) = (y, x, fx); x = b - phi * (b - a); fx = f(x)
      } else {
        (a, x, fx) = (x, y, fy); y = a + phi * (b - a); fy = f(y)
      }
    }
    return (a + b) / 2
  }
}

/// Linear least squares by the normal equations, with ridge `damping` times the mean diagonal.
enum LeastSquares {
  static func solve(_ rows: [[Double]], _ y: [Double], damping: Double = 0) -> [Double] {
    let n = rows[0].count
    var system = [[Double]](repeating: [Double](repeating: 0, count: n + 1), count: n)
    for (row, value) in zip(rows, y) {
      for i in 0..<n {
        for j in 0..<n { system[i][j] += row[i] * row[j] }
        system[i][n] += row[i] * value
      }
    }
    let ridge = damping * (0..<n).reduce(0) { $0 + system[$1][$1] } / Double(n)
    for i in 0..<n { system[i][i] += ridge }
    return Polynomial.solve(&system) ?? [Double](repeating: .nan, count: n)
  }
}
