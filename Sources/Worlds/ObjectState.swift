/// The exact state of one object at one frame, in world units.
public struct ObjectState: Sendable, Equatable {
  public var x, y: Double
  /// Units/s.
  public var vx, vy: Double
  public var radius: Double
  /// Share [0, 1] of the object's area that is in the frame and behind nothing.
  public var visible: Double
  /// Wholly within the frame, hidden or not.
  public var inside: Bool
  /// 8-bit sRGB.
  public var colour: SIMD3<UInt8>

  /// Whole and in sight.
  public var isClear: Bool { inside && visible >= 1 - 1e-9 }
  /// Inside the frame and wholly behind something.
  public var isHidden: Bool { inside && visible <= 1e-9 }
}

extension Law {
  /// The objects' states at `time`, in their fixed order.
  func truth(at time: Double, _ setting: Setting) -> [ObjectState] {
    let bodies = bodies(at: time)
    return bodies.indices.filter { bodies[$0].isObject }.map { i in
      let body = bodies[i]
      return ObjectState(
        x: body.centre.x, y: body.centre.y, vx: body.velocity.x, vy: body.velocity.y, radius: body.radius,
        visible: Visibility.share(of: body, behind: bodies[(i + 1)...], width: setting.worldWidth),
        inside: body.isInside(width: setting.worldWidth), colour: body.colour)
    }
  }
}
