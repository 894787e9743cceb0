import Foundation

/// A point of one frame and where it is in another, px.
package struct Match: Sendable, Equatable {
  package var from, to: SIMD2<Double>

  package init(from: SIMD2<Double>, to: SIMD2<Double>) { (self.from, self.to) = (from, to) }
}

/// Families of camera motion, from the stiffest; each is fitted by least squares.
public enum CameraModel: String, Sendable, CaseIterable {
  case still, translation, similarity, homography

  /// Free parameters.
  var freedom: Int {
    switch self {
    case .still: 0
    case .translation: 2
    case .similarity: 4
    case .homography: 8
    }
  }

  /// Matches it takes to fix the parameters.
  var least: Int { max(1, freedom / 2) }

  /// Least squares over the matches; nil when they are too few or degenerate.
  package func fit(_ matches: [Match]) -> Homography? {
    guard matches.count >= least else { return nil }
    switch self {
    case .still: return .identity
    case .translation:
      let d = matches.reduce(SIMD2<Double>.zero) { $0 + ($1.to - $1.from) } / Double(matches.count)
      return Homography([1, 0, d.x, 0, 1, d.y, 0, 0, 1])
    case .similarity: return Self.similarity(matches)
    case .homography: return Self.projective(matches)
    }
  }

  /// Rotation, scale and shift in closed form about the centroids.
  private static func similarity(_ matches: [Match]) -> Homography? {
    let n = Double(matches.count)
    let p = matches.reduce(SIMD2<Double>.zero) { $0 + $1.from } / n,
      q = matches.reduce(SIMD2<Double>.zero) { $0 + $1.to } / n
    var dot = 0.0, cross = 0.0, square = 0.0
    for match in matches {
      let a = match.from - p, b = match.to - q
      dot += (a * b).sum()
      cross += a.x * b.y - a.y * b.x
      square += (a * a).sum()
    }
    guard square > 1e-9 else { return nil }
    let c = dot / square, s = cross / square
    return Homography([c, -s, q.x - c * p.x + s * p.y, s, c, q.y - s * p.x - c * p.y, 0, 0, 1])
  }

  /// The direct linear transform with h₃₃ = 1 in normalised coordinates (Hartley & Zisserman, Multiple View Geometry,
  /// §4.1 and §4.4).
  private static func projective(_ matches: [Match]) -> Homography? {
    func normaliser(_ points: [SIMD2<Double>]) -> (centre: SIMD2<Double>, scale: Double)? {
      let centre = points.reduce(.zero, +) / Double(points.count)
      let spread = points.reduce(0.0) { $0 + (($1 - centre) * ($1 - centre)).sum().squareRoot() } / Double(points.count)
      return spread > 1e-9 ? (centre, 2.0.squareRoot() / spread) : nil
    }
    guard let a = normaliser(matches.map(\.from)), let b = normaliser(matches.map(\.to)) else { return nil }
    var normal = [[Double]](repeating: [Double](repeating: 0, count: 9), count: 8)
    func add(_ row: [Double], _ right: Double) {
      for i in 0..<8 {
        for j in 0..<8 { normal[i][j] += row[i] * row[j] }
        normal[i][8] += row[i] * right
      }
    }
    for match in matches {
      let p = (match.from - a.centre) * a.scale, q = (match.to - b.centre) * b.scale
      add([p.x, p.y, 1, 0, 0, 0, -q.x * p.x, -q.x * p.y], q.x)
      add([0, 0, 0, p.x, p.y, 1, -q.y * p.x, -q.y * p.y], q.y)
    }
    guard let h = Polynomial.solve(&normal, least: 1e-12) else { return nil }
    let core = Homography(h + [1])
    let before = Homography([a.scale, 0, -a.scale * a.centre.x, 0, a.scale, -a.scale * a.centre.y, 0, 0, 1])
    let back = Homography([1 / b.scale, 0, b.centre.x, 0, 1 / b.scale, b.centre.y, 0, 0, 1])
    let whole = back.after(core.after(before))
    return whole.m.allSatisfy(\.isFinite) ? whole : nil
  }

  /// The family with the least Bayesian information criterion, 2n·ln(RSS/2n + σ₀²) + k·ln 2n. The floor σ₀ = 0.05 px is
  /// about what the tracker itself errs: without it, a perfect clip would always earn the eight parameters of a
  /// homography.
  package static func choose(_ matches: [Match]) -> (model: CameraModel, map: Homography) {
    let observations = Double(2 * matches.count)
    var best = (model: CameraModel.still, map: Homography.identity, score: Double.infinity)
    for model in allCases where matches.count >= 2 * model.least {
      guard let map = model.fit(matches) else { continue }
      let rss = matches.reduce(0.0) { sum, match in
        let d = map(match.from) - match.to
        return sum + (d * d).sum()
      }
      let score = observations * log(rss / observations + 0.05 * 0.05) + Double(model.freedom) * log(observations)
      if score < best.score { best = (model, map, score) }
    }
    return (best.model, best.map)
  }
}
