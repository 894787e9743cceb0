/// What a tracked object looks like, and what the scorer must know of it besides its state.
public struct PhysicsObject: Sendable, Equatable {
  /// 8-bit sRGB.
  public var colour: SIMD3<UInt8>
  /// In any unit the objects of a scene share.
  public var mass: Double
  public var form: Form

  public init(colour: SIMD3<UInt8>, mass: Double = 1, form: Form = .solid) {
    (self.colour, self.mass, self.form) = (colour, mass, form)
  }

  /// How its pixels are read.
  public enum Form: Sendable, Equatable {
    /// One connected patch, followed from frame to frame.
    case solid
    /// Measured by its level in a tank.
    case liquid(Tank)
    /// Many specks that count together: all of the colour in the frame.
    case cloud
  }

  var tank: Tank? {
    if case .liquid(let tank) = form { return tank }
    return nil
  }

  /// The upright rectangle a liquid can fill, world units.
  public struct Tank: Sendable, Equatable {
    public var left, right, base, top: Double
    public init(left: Double, right: Double, base: Double, top: Double) {
      (self.left, self.right, self.base, self.top) = (left, right, base, top)
    }
    public var width: Double { right - left }
  }
}

/// The exact state of one object at one frame, as the scorer needs it: world units, y up.
public struct PhysicsTruth: Sendable, Equatable {
  public var x, y: Double
  /// Units/s.
  public var vx, vy: Double
  /// Half the object's width, for distances to walls and other objects.
  public var radius: Double
  /// In its own colour, hidden or not, world units².
  public var area: Double
  /// Radians anticlockwise; nil when nothing shows it.
  public var angle: Double?
  /// A liquid's height over its tank's base, world units.
  public var level: Double?
  /// Share [0, 1] in the frame and behind nothing.
  public var visible: Double
  /// Wholly within the frame, hidden or not.
  public var inside: Bool

  /// - Parameter area: that of a disc of this radius when nil.
  public init(
    x: Double, y: Double, vx: Double = 0, vy: Double = 0, radius: Double, area: Double? = nil, angle: Double? = nil,
    level: Double? = nil,
    visible: Double = 1, inside: Bool = true
  ) {
    (self.x, self.y, self.vx, self.vy, self.radius, self.area) = (
      x, y, vx, vy, radius, area ?? Double.pi * radius * radius
    )
    (self.angle, self.level, self.visible, self.inside) = (angle, level, visible, inside)
  }

  public var position: SIMD2<Double> { SIMD2(x, y) }
  public var velocity: SIMD2<Double> { SIMD2(vx, vy) }

  /// What a trajectory is judged by: the place of a solid, the level of a liquid.
  var state: SIMD2<Double> { level.map { SIMD2(0, $0) } ?? position }

  var isFinite: Bool { [x, y, vx, vy, radius, area, visible, angle ?? 0, level ?? 0].allSatisfy(\.isFinite) }

  /// What a frame must show of this object.
  enum Demand { case present, absent, anything }

  /// Whole and in sight: it must be there. Inside and wholly hidden: it must not show. Anything between is not judged,
  /// since the centre of a part says nothing of the whole.
  var demand: Demand { !inside ? .anything : visible >= 1 - 1e-6 ? .present : visible <= 1e-6 ? .absent : .anything }
}
