/// Water runs out through a slot in a tank's floor into a wider tank below: Torricelli's law.
///
/// WORLDS §2, `pour`: h = (√h0 − k·t/2)² until t_d = 2√h0/k, k = (a/A)·√(2g); the lower level rises by (h0 −
/// h)·A/A2. A is the upper tank's width, A2 the lower one's, and the slot is a wide, drawn to scale, so that k can be
/// seen. The lower tank begins with half a unit of water: a level that cannot be seen cannot be followed. Both waters
/// are tracked, by two colours; an object's centre is its water's, so that its level is twice the centre's height above
/// the tank's floor. The stream is decoration. Wrong simulator: k times f.
public struct Pour: Law {
  public static let suiteFrames = 64
  public static let objects = 2
  public static let parameters = [
    Parameter("h0", unit: "units", 2...4, high: 4.5...5.5),
    Parameter("ratio", unit: "a/A", 0.15...0.35, low: 0.05...0.1, high: 0.45...0.6),
  ]

  /// Widths of the upper and the lower tank, units.
  public static let upperWidth = 4.0, lowerWidth = 8.0
  /// Heights of their floors.
  public static let upperFloor = 4.0, lowerFloor = 0.3
  /// Height of the lower tank's brim.
  public static let lowerTop = 3.7
  /// Depth of water in the lower tank at t = 0.
  public static let lowerStart = 0.5
  private static let wall = 0.15

  /// Depth of water in the upper tank at t = 0, units.
  public let h0: Double
  /// Width of the slot over the tank's.
  public let ratio: Double
  /// √units per second: √h falls by k/2 a second.
  public let k: Double
  /// Abscissa of the tanks' middle.
  public let middle: Double
  private let colours: [NamedColour]

  public init(_ draw: Draw, setting: Setting) {
    (h0, ratio, middle, colours) = (draw["h0"], draw["ratio"], setting.worldWidth / 2, draw.colours)
    k = ratio * (2 * World.gravity).squareRoot()
  }

  private init(_ law: Pour, k: Double) {
    (h0, ratio, middle, colours, self.k) = (law.h0, law.ratio, law.middle, law.colours, k)
  }

  /// Seconds at which the upper tank is empty.
  public var drained: Double { 2 * h0.squareRoot() / k }

  /// Depths of the upper and lower water, units.
  public func levels(at time: Double) -> (upper: Double, lower: Double) {
    let root = max(0, h0.squareRoot() - k * time / 2), upper = root * root
    return (upper, Self.lowerStart + (h0 - upper) * Self.upperWidth / Self.lowerWidth)
  }

  /// Square units of both waters together, which never changes.
  public var volume: Double { h0 * Self.upperWidth + Self.lowerStart * Self.lowerWidth }

  private func bodies(upper: Double, lower: Double, rates: (Double, Double), pours: Bool) -> [Body] {
    func water(_ floor: Double, _ width: Double, _ depth: Double, _ rate: Double, _ colour: NamedColour) -> Body {
      Body(
        shape: .box(half: SIMD2(width / 2, depth / 2)), centre: SIMD2(middle, floor + depth / 2),
        velocity: SIMD2(0, rate / 2), colour: colour.rgb)
    }
    func block(_ left: Double, _ right: Double, _ bottom: Double, _ top: Double) -> Body {
      Body(
        shape: .box(half: SIMD2((right - left) / 2, (top - bottom) / 2)),
        centre: SIMD2(middle + (left + right) / 2, (bottom + top) / 2), colour: Palette.line, role: .scenery)
    }
    let slot = ratio * Self.upperWidth / 2, surface = Self.lowerFloor + lower, t = Self.wall, a = Self.upperWidth / 2,
      b = Self.lowerWidth / 2
    let drop = pours ? Self.upperFloor - surface : 0
    let stream = Body(
      shape: .box(half: SIMD2(slot, drop / 2)), centre: SIMD2(middle, surface + drop / 2), colour: Palette.pale,
      role: .decoration)
    return [
      stream, block(-a - t, -a, Self.upperFloor - t, 9.7), block(a, a + t, Self.upperFloor - t, 9.7),
      block(-a, -slot, Self.upperFloor - t, Self.upperFloor),
      block(slot, a, Self.upperFloor - t, Self.upperFloor), block(-b - t, -b, Self.lowerFloor - t, Self.lowerTop),
      block(b, b + t, Self.lowerFloor - t, Self.lowerTop),
      block(-b, b, Self.lowerFloor - t, Self.lowerFloor),
      water(Self.upperFloor, Self.upperWidth, upper, rates.0, colours[0]),
      water(Self.lowerFloor, Self.lowerWidth, lower, rates.1, colours[1]),
    ]
  }

  public func bodies(at time: Double) -> [Body] {
    let (upper, lower) = levels(at: time), rate = -k * upper.squareRoot()
    return bodies(
      upper: upper, lower: lower, rates: (rate, -rate * Self.upperWidth / Self.lowerWidth), pours: upper > 0)
  }

  /// A predicted centre is a predicted level: floors stay where they are.
  public func bodies(at time: Double, placing centres: [SIMD2<Double>], radii: [Double]?) -> [Body] {
    let upper = max(0, 2 * (centres[0].y - Self.upperFloor)), lower = max(0, 2 * (centres[1].y - Self.lowerFloor))
    return bodies(
      upper: upper, lower: lower, rates: (0, 0), pours: upper > 0 && lower < Self.upperFloor - Self.lowerFloor)
  }

  public func scaled(by factor: Double) -> Pour { Pour(self, k: k * factor) }
  public var events: [Event] { [Event("drained", time: drained)] }

  /// At two fifths of the draining the upper level jumps up by .8 and drains on from there.
  public var impossible: [Impossible] {
    let start = 0.4 * drained
    return [
      Impossible("volume-jump", from: start) { time in
        guard time >= start else { return bodies(at: time) }
        let before = levels(at: start)
        let root = max(0, (before.upper + 0.8).squareRoot() - k * (time - start) / 2), upper = root * root
        let lower = before.lower + (before.upper + 0.8 - upper) * Self.upperWidth / Self.lowerWidth
        return bodies(upper: upper, lower: lower, rates: (0, 0), pours: upper > 0)
      }
    ]
  }

  public var caption: String {
    "\(colours[0].name) water runs through a \(ratio < 0.25 ? "narrow" : "wide") slot from a \(h0 < 3 ? "low" : "high") level and collects as \(colours[1].name) water"
  }
}
