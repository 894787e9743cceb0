import Foundation

/// Areas, extents and insides of bodies.
extension Body {
  /// Square units; what marks cover is counted too.
  public var area: Double {
    switch shape {
    case .disc(let radius): return Double.pi * radius * radius
    case .box(let half): return 4 * half.x * half.y
    case .ring(let radius, let inner, let spoke):
      let hoop = Double.pi * (radius * radius - inner * inner)
      guard spoke > 0, spoke < inner else { return hoop }
      return hoop + 2 * (spoke * (inner * inner - spoke * spoke).squareRoot() + inner * inner * asin(spoke / inner))
    }
  }

  /// Disc radius, or the radius of the disc of equal area.
  public var radius: Double {
    if case .disc(let radius) = shape { return radius }
    return (area / Double.pi).squareRoot()
  }

  /// Nothing is left of it: an emptied tank's water.
  var isEmpty: Bool {
    switch shape {
    case .disc(let radius), .ring(let radius, _, _): radius <= 0
    case .box(let half): half.x <= 0 || half.y <= 0
    }
  }

  /// Half the width and height of the smallest upright rectangle around the body.
  public var reach: SIMD2<Double> {
    switch shape {
    case .disc(let radius), .ring(let radius, _, _): return SIMD2(radius, radius)
    case .box(let half):
      let c = abs(cosine(angle)), s = abs(sine(angle))
      return SIMD2(half.x * c + half.y * s, half.x * s + half.y * c)
    }
  }

  /// Whether the whole body is in the frame; touching the edge counts as inside.
  public func isInside(width: Double) -> Bool {
    let slack = 1e-9
    return centre.x - reach.x >= -slack && centre.x + reach.x <= width + slack
      && centre.y - reach.y >= -slack && centre.y + reach.y <= World.height + slack
  }

  /// Signed distance from the outline, negative inside. `offset` is measured from the centre in the body's own axes.
  @inline(__always)
  static func distance(_ shape: Shape, _ offset: SIMD2<Double>) -> Double {
    func box(_ half: SIMD2<Double>) -> Double {
      let qx = abs(offset.x) - half.x, qy = abs(offset.y) - half.y
      let outside = SIMD2(max(qx, 0), max(qy, 0))
      return (outside * outside).sum().squareRoot() + min(max(qx, qy), 0)
    }
    switch shape {
    case .disc(let radius): return (offset * offset).sum().squareRoot() - radius
    case .box(let half): return box(half)
    case .ring(let radius, let inner, let spoke):
      let d = (offset * offset).sum().squareRoot(), hoop = max(d - radius, inner - d)
      // The spoke ends within the hoop, so that no seam shows.
      return spoke > 0 ? min(hoop, box(SIMD2((inner + radius) / 2, spoke))) : hoop
    }
  }

  /// Whether a point of the world lies in the body.
  func contains(_ point: SIMD2<Double>) -> Bool {
    let d = point - centre, reach = reach
    guard abs(d.x) <= reach.x, abs(d.y) <= reach.y, !isEmpty else { return false }
    return Self.distance(shape, own(d)) < 0
  }

  /// A direction of the world in the body's axes.
  @inline(__always)
  private func own(_ d: SIMD2<Double>) -> SIMD2<Double> {
    let c = cosine(angle), s = sine(angle)
    return SIMD2(d.x * c + d.y * s, d.y * c - d.x * s)
  }

  /// Where the material at `point` is when the body has become `later`: turned and moved with it, and stretched where a
  /// box has changed its sides (the level of a liquid).
  func carry(_ point: SIMD2<Double>, to later: Body) -> SIMD2<Double> {
    var q = own(point - centre)
    if case .box(let half) = shape, case .box(let other) = later.shape, half != other { q *= other / half }
    let c = cosine(later.angle), s = sine(later.angle)
    return later.centre + SIMD2(q.x * c - q.y * s, q.x * s + q.y * c)
  }

  /// The vertical extent at abscissa `x`, or nil when the body is not there. A ring counts as its disc, so it is one
  /// interval.
  func slice(at x: Double) -> ClosedRange<Double>? {
    switch shape {
    case .disc(let radius), .ring(let radius, _, _):
      let d = x - centre.x
      guard abs(d) < radius else { return nil }
      let h = (radius * radius - d * d).squareRoot()
      return centre.y - h...centre.y + h
    case .box(let half):
      let c = cosine(angle), s = sine(angle), d = x - centre.x
      var low = -Double.infinity, high = Double.infinity
      // Two slabs |d·c + v·s| ≤ half.x and |−d·s + v·c| ≤ half.y, solved for v.
      for (offset, slope, limit) in [(d * c, s, half.x), (-d * s, c, half.y)] {
        if abs(slope) < 1e-12 {
          if abs(offset) > limit { return nil }
        } else {
          let a = (-limit - offset) / slope, b = (limit - offset) / slope
          low = max(low, min(a, b))
          high = min(high, max(a, b))
        }
      }
      return low < high ? centre.y + low...centre.y + high : nil
    }
  }
}
