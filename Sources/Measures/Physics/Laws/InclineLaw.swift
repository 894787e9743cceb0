import Foundation

/// s'' = a down a straight ramp; what rolls turns by s/r.
public struct InclineLaw: PhysicsLaw {
  /// A point the centre passes, and the unit vector down the ramp.
  public var start, direction: SIMD2<Double>
  public var acceleration: Double
  /// Radius of what rolls without slipping; nil for a block that slides.
  public var rolling: Double?
  /// Distance from `start` at which the ramp ends; nil when it reaches the frame's edge.
  public var length: Double?

  public init(start: SIMD2<Double>, direction: SIMD2<Double>, acceleration: Double, rolling: Double? = nil, length: Double? = nil) {
    (self.start, self.direction, self.acceleration, self.rolling, self.length) = (start, direction, acceleration, rolling, length)
  }

  /// a = g·sin α/(1 + β), β = I/(m·r²): 0 for a block, ½ for a disc, 1 for a ring.
  public static func acceleration(gravity: Double, angle: Double, inertia: Double) -> Double { gravity * sin(angle) / (1 + inertia) }

  public func terms(_ seen: Observation) -> [LawTerm] {
    let whole = seen.path(0), normal = SIMD2(-direction.y, direction.x)
    let along = whole.points.map { dot($0 - start, direction) }
    let kept = whole.kept(whole.frames.indices.filter { length == nil || along[$0] <= length! })
    let s = kept.points.map { dot($0 - start, direction) }, off = kept.points.map { abs(dot($0 - start, normal)) }
    let fitted = s.count >= 5 ? Polynomial(degree: 2, kept.times, s).curvature : nil
    var terms: [LawTerm] = [
      .parameter("a", fitted: fitted, exact: acceleration, otherwise: "under five frames on the ramp"),
      .described("off_ramp", value: off.max(), otherwise: "the object is lost"),
    ]
    guard let radius = rolling else { return terms }
    let slip = Self.slip(seen, kept, direction, radius)
    let speed = s.count >= 2 ? (s[s.count - 1] - s[0]) / (kept.times[s.count - 1] - kept.times[0]) : .nan
    terms.append(.described("rolling_slip", value: mean(slip.map(abs)), otherwise: "the mark is not seen in two frames running"))
    // Rolling is a constraint: the mean of |rφ' − s'| against the mean speed.
    terms.append(.conservation("rolling_error", "|rφ' − s'|", mean(slip.map(abs)).map { [$0] } ?? [], exact: 0, reference: max(abs(speed), 1e-3)))
    return terms
  }

  /// rφ' − s' from frame to frame, units/s; φ grows as the object rolls down the ramp.
  private static func slip(_ seen: Observation, _ path: Path, _ direction: SIMD2<Double>, _ radius: Double) -> [Double] {
    guard path.count > 1 else { return [] }
    let sense = direction.x >= 0 ? -1.0 : 1.0  // rolling to the right turns clockwise
    return (1..<path.count).compactMap { i in
      let t = path.frames[i]
      guard t - path.frames[i - 1] == 1, let a = seen.sightings[0][t - 1]?.angle, let b = seen.sightings[0][t]?.angle else { return nil }
      var turn = (b - a) * sense
      let travelled = dot(path.points[i] - path.points[i - 1], direction)
      turn -= Double.pi * ((turn - travelled / radius) / Double.pi).rounded()  // an axis looks the same after half a turn
      return (radius * turn - travelled) / path.timeStep
    }
  }
}
