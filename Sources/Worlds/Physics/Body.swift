/// One thing in the scene at one moment, in world units.
public struct Body: Sendable, Equatable {
  public enum Shape: Sendable, Equatable {
    case disc(radius: Double)
    /// A rectangle given by half its sides.
    case box(half: SIMD2<Double>)
    /// A hoop between `inner` and `radius`, with a diametral spoke, half `spoke` wide, that shows how far it has
    /// turned; 0 for none.
    case ring(radius: Double, inner: Double, spoke: Double)
  }

  /// What a body is to a viewer who keeps score.
  public enum Role: String, Sendable {
    /// Tracked and scored.
    case object
    /// Painted on the object before it in the list: moves with it, belongs to its mask, hides nothing.
    case mark
    /// Rests in the world (bars, ramps, tanks): part of the plate, may hide objects.
    case scenery
    /// Moves, is neither tracked nor part of the plate, hides nothing (a pendulum's rod, a stream).
    case decoration
  }

  public var shape: Shape
  public var centre: SIMD2<Double>
  /// How far the body is turned, radians anticlockwise.
  public var angle: Double
  /// Units/s.
  public var velocity: SIMD2<Double>
  /// Radians/s, anticlockwise.
  public var spin: Double
  /// 8-bit sRGB.
  public var colour: SIMD3<UInt8>
  public var role: Role

  public init(
    shape: Shape, centre: SIMD2<Double>, angle: Double = 0, velocity: SIMD2<Double> = .zero, spin: Double = 0,
    colour: SIMD3<UInt8>, role: Role = .object
  ) {
    (self.shape, self.centre, self.angle, self.velocity) = (shape, centre, angle, velocity)
    (self.spin, self.colour, self.role) = (spin, colour, role)
  }

  /// A straight stroke from `a` to `b`, `width` across.
  public static func stroke(
    from a: SIMD2<Double>, to b: SIMD2<Double>, width: Double, colour: SIMD3<UInt8>, role: Role
  ) -> Body {
    let d = b - a, length = (d * d).sum().squareRoot()
    return Body(
      shape: .box(half: SIMD2(length / 2, width / 2)), centre: (a + b) / 2,
      angle: length > 0 ? arcTangent(d.y, d.x) : 0, colour: colour, role: role)
  }

  public var isObject: Bool { role == .object }

  /// Whether what lies behind it is hidden from a viewer's account.
  var hides: Bool { role == .object || role == .scenery }
}
