import Foundation

/// s'' = a down a straight ramp; what rolls turns by s/r.
public struct InclineLaw: PhysicsLaw {
  /// A point the centre passes, and the unit vector down the ramp.
  public var start, direction: SIMD2<Double>
  public var acceleration: Double
  /// Radius of what rolls without slipping; nil for a block that slides.
  public var rolling: Double?

  public init(start: SIMD2<Double>, direction: SIMD2<Double>, acceleration: Double, rolling: Double? = nil) {
    (self.start, self.direction, self.acceleration, self.rolling) = (start, direction, acceleration, rolling)
  }

  /// a = g·sin α/(1 + β), β = I/(m·r²): 0 for a block, ½ for a disc, 1 for a ring.
  public static func acceleration(gravity: Double, angle: Double, inertia: Double) -> Double {
    gravity * sin(angle) / (1 + inertia)
  }

  public func terms(_ seen: Observation) -> [LawTerm] {
    let path = seen.path(0), normal = SIMD2(-direction.y, direction.x)
    let s = path.points.map { dot($0 - start, direction) }, off = path.points.map { abs(dot($0 - start, normal)) }
    let fitted = s.count >= 5 ? Polynomial(degree: 2, path.times, s).curvature : nil
    var terms: [LawTerm] = [
      .parameter("a", fitted: fitted, exact: acceleration, otherwise: "under five frames on the ramp"),
      .described("off_ramp", value: off.max(), otherwise: "the object is lost"),
    ]
    guard let radius = rolling else { return terms }
    let turned = Self.turned(seen, path, direction), few = "the turning shows in under five frames"
    // One frame's axis is read to a tenth of a radian at 64 px, so speeds of turning are slopes over seven frames.
    let slips =
      turned.count < 7
      ? []
      : (0...turned.count - 7).map { i -> Double in
        let window = turned[i..<i + 7], times = window.map(\.time)
        return abs(
          radius * Polynomial(degree: 1, times, window.map(\.angle)).slope
            - Polynomial(degree: 1, times, window.map(\.s)).slope)
      }
    // φ against s/r is a line of slope 1 for what rolls, 0 for what slides; what does not move has no slope.
    let way = turned.map { $0.s / radius }, range = (way.max() ?? 0) - (way.min() ?? 0)
    let ratio = turned.count >= 5 && range > 0.3 ? Polynomial(degree: 1, way, turned.map(\.angle)).slope : nil
    terms.append(.described("rolling_slip", value: mean(slips), otherwise: "the turning shows in under seven frames"))
    terms.append(
      .conservation(
        "rolling_error", "turning over path", ratio.map { [$0] } ?? [], exact: 1, reference: 1, otherwise: few))
    return terms
  }

  /// Angle turned (unwrapped, growing as it rolls down) and path along the ramp, where the axis shows. An axis looks
  /// the same after half a turn, so steps between sightings are taken as the shortest.
  private static func turned(
    _ seen: Observation, _ path: Path, _ direction: SIMD2<Double>
  ) -> [(time: Double, angle: Double, s: Double)] {
    let sense = direction.x >= 0 ? -1.0 : 1.0  // rolling to the right turns clockwise
    var turned: [(time: Double, angle: Double, s: Double)] = []
    for i in path.frames.indices {
      guard let axis = seen.sightings[0][path.frames[i]]?.angle else { continue }
      var angle = axis * sense
      if let last = turned.last { angle -= Double.pi * ((angle - last.angle) / Double.pi).rounded() }
      turned.append((path.times[i], angle, dot(path.points[i] - path.points[0], direction)))
    }
    return turned
  }
}
