/// The exact state of one object at one frame, in world units, as it is seen: where the camera moves, relative to the
/// frame.
public struct ObjectState: Sendable, Equatable {
  public var x, y: Double
  /// Units/s.
  public var vx, vy: Double
  /// Disc radius, or the radius of the disc of equal area.
  public var radius: Double
  /// Share [0, 1] of the object's area that is in the frame and behind nothing.
  public var visible: Double
  /// Wholly within the frame, hidden or not.
  public var inside: Bool
  /// 8-bit sRGB.
  public var colour: SIMD3<UInt8>
  /// How far the object has turned, radians anticlockwise, not wrapped; NaN when nothing on it shows.
  public var angle = Double.nan
  /// Radius squared: the suite's mass of every solid (density 1/π). Of a liquid, its area.
  public var mass = Double.nan
  /// Square units in the object's own colour, hidden or not: marks in another colour are not counted.
  public var area = Double.nan

  /// Whole and in sight.
  public var isClear: Bool { inside && visible >= 1 - 1e-9 }
  /// Inside the frame and wholly behind something.
  public var isHidden: Bool { inside && visible <= 1e-9 }
}

extension Law {
  public func truth(at time: Double, _ setting: Setting) -> [ObjectState] {
    let bodies = bodies(at: time)
    return bodies.indices.filter { bodies[$0].isObject }.map { i in
      let body = bodies[i], marks = bodies[(i + 1)...].prefix { $0.role == .mark }
      // What is empty is nowhere to be seen.
      let visible =
        body.isEmpty
        ? 0 : Visibility.share(of: body, behind: bodies[(i + 1)...].filter(\.hides), width: setting.worldWidth)
      return ObjectState(
        x: body.centre.x, y: body.centre.y, vx: body.velocity.x, vy: body.velocity.y, radius: body.radius,
        visible: visible,
        inside: body.isInside(width: setting.worldWidth), colour: body.colour,
        angle: body.showsAngle || !marks.isEmpty ? body.angle : .nan,
        mass: body.radius * body.radius,
        area: body.area - marks.reduce(0) { $0 + ($1.colour == body.colour ? 0 : $1.area) })
    }
  }
}

extension Body {
  fileprivate var showsAngle: Bool {
    switch shape {
    case .disc: false
    case .box: true
    case .ring(_, _, let spoke): spoke > 0
    }
  }
}
