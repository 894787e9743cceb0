/// Predictors that know the first frames and no law: constant velocity and constant acceleration (docs/PHYSICS.md).
///
/// Least-squares polynomials through what the tracker saw in the conditioning frames, carried on to the end of the
/// clip.
public enum MotionFit: Int, Sendable {
  case constantVelocity = 1
  case constantAcceleration = 2

  /// - Parameters:
  ///   - states: `[objects][T]` tracked states in pixels, at least over the conditioning frames; lost ones are left
  ///     out.
  ///   - conditioning: how many leading frames may be used.
  ///   - frames: length of the prediction.
  ///   - scale: pixels a world unit.
  /// - Returns: positions `[frames][objects]` in world units, y up, and each object's mean radius; nil when an object
  ///   was not found in as many frames as the fit has coefficients.
  public func predict(
    states: [[TrackedState]], conditioning: Int, frames: Int, scale: Double, worldHeight: Double = 10
  ) -> (positions: [[SIMD2<Double>]], radii: [Double])? {
    var positions = [[SIMD2<Double>]](repeating: [], count: frames)
    var radii: [Double] = []
    for object in states {
      let seen = object.prefix(conditioning).enumerated().filter { $0.element.found }
      guard seen.count > rawValue else { return nil }
      let times = seen.map { Double($0.offset) }
      let x = Polynomial(degree: rawValue, times, seen.map { $0.element.x / scale })
      let y = Polynomial(degree: rawValue, times, seen.map { worldHeight - $0.element.y / scale })
      for t in 0..<frames { positions[t].append(SIMD2(x(Double(t)), y(Double(t)))) }
      radii.append(seen.map { $0.element.radius / scale }.reduce(0, +) / Double(seen.count))
    }
    return (positions, radii)
  }
}

/// A least-squares polynomial, by the normal equations about the mean of t.
struct Polynomial: Sendable {
  let centre: Double
  /// Coefficients of (t − centre)ⁿ, n = 0, 1, ….
  let coefficients: [Double]

  init(degree: Int, _ t: [Double], _ y: [Double]) {
    let n = degree + 1
    centre = t.reduce(0, +) / Double(t.count)
    var rows = [[Double]](repeating: [Double](repeating: 0, count: n + 1), count: n)
    for (time, value) in zip(t, y) {
      var powers = [1.0]
      for _ in 1..<(2 * n) { powers.append(powers[powers.count - 1] * (time - centre)) }
      for i in 0..<n {
        for j in 0..<n { rows[i][j] += powers[i + j] }
        rows[i][n] += powers[i] * value
      }
    }
    coefficients = Self.solve(&rows) ?? [Double](repeating: .nan, count: n)
  }

  func callAsFunction(_ t: Double) -> Double { coefficients.reversed().reduce(0) { $0 * (t - centre) + $1 } }

  /// Gauss elimination with row pivots on an augmented system; nil when it is singular: a pivot no larger than `least`.
  static func solve(_ rows: inout [[Double]], least: Double = 0) -> [Double]? {
    let n = rows.count
    for k in 0..<n {
      let pivot = (k..<n).max { abs(rows[$0][k]) < abs(rows[$1][k]) } ?? k
      guard abs(rows[pivot][k]) > least else { return nil }
      rows.swapAt(k, pivot)
      for i in (k + 1)..<n where i < n {
        let factor = rows[i][k] / rows[k][k]
        for j in k...n { rows[i][j] -= factor * rows[k][j] }
      }
    }
    var x = [Double](repeating: 0, count: n)
    for k in stride(from: n - 1, through: 0, by: -1) {
      let known = ((k + 1)..<max(k + 1, n)).reduce(0) { $0 + rows[k][$1] * x[$1] }
      x[k] = (rows[k][n] - known) / rows[k][k]
    }
    return x
  }
}
