/// One thing in the scene at one moment, in world units.
public struct Body: Sendable, Equatable {
  public enum Shape: Sendable, Equatable {
    case disc(radius: Double)
    /// A rectangle given by half its sides, turned anticlockwise by `angle` radians.
    case box(half: SIMD2<Double>, angle: Double)
  }

  public var shape: Shape
  public var centre: SIMD2<Double>
  /// Units/s.
  public var velocity: SIMD2<Double>
  /// 8-bit sRGB.
  public var colour: SIMD3<UInt8>
  /// Objects are tracked and scored; the rest is scenery (bars, ramps), part of the plate.
  public var isObject: Bool

  public init(shape: Shape, centre: SIMD2<Double>, velocity: SIMD2<Double> = .zero, colour: SIMD3<UInt8>, isObject: Bool = true) {
    self.shape = shape
    self.centre = centre
    self.velocity = velocity
    self.colour = colour
    self.isObject = isObject
  }

  /// Disc radius, or the radius of the disc of equal area.
  public var radius: Double {
    switch shape {
    case .disc(let radius): radius
    case .box(let half, _): (4 * half.x * half.y / Double.pi).squareRoot()
    }
  }

  /// Half the width and height of the smallest upright rectangle around the body.
  public var reach: SIMD2<Double> {
    switch shape {
    case .disc(let radius): return SIMD2(radius, radius)
    case .box(let half, let angle):
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

  /// The vertical extent at abscissa `x`, or nil when the body is not there. Every shape is convex, so it is one interval.
  func slice(at x: Double) -> ClosedRange<Double>? {
    switch shape {
    case .disc(let radius):
      let d = x - centre.x
      guard abs(d) < radius else { return nil }
      let h = (radius * radius - d * d).squareRoot()
      return centre.y - h...centre.y + h
    case .box(let half, let angle):
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
