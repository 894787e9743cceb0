import Foundation

/// A block slides, or a disc or a ring rolls, down a straight ramp without loss, from rest: s = ½·a·t², a = g·sin α/(1
/// + β).
///
/// WORLDS §2, `incline`. β is the shape's inertia over m·r² and is seen: 0 a block without friction, ½ a disc, 1
/// a ring. Rolling turns by s/r, shown by a slot in the disc and a spoke across the ring. The ramp falls to the right
/// and leaves the frame on both sides; the body starts as far up as there is room.
/// Rings on the steeper half of the ramps and blocks on the gentler are held out of every cell but "combination".
/// Wrong simulator: g times f.
public struct Incline: Law {
  public static let suiteFrames = 32
  public static let variants = ["combination"]
  public static let turns = true
  public static let parameters = [
    Parameter("alpha", unit: "degrees", 15...30, low: 5...12, high: 35...45),
    Parameter("beta", unit: "inertia", oneOf: [0, 0.5, 1]),
    Parameter("r", unit: "units", 0.5...0.8),
    Parameter("foot", unit: "units", 0.3...1.2),
    Parameter("inset", unit: "units", 0...0.3),
    Parameter("turned", unit: "radians", 0...3.1),
  ]

  /// The body's centre at t = 0.
  public let origin: SIMD2<Double>
  /// Of the ramp, radians below the horizontal.
  public let angle: Double
  /// Inertia over m·r²: 0 block, ½ disc, 1 ring.
  public let beta: Double
  /// Rolling radius, or half the block's side: what keeps the centre off the ramp.
  public let r: Double
  /// Units/s².
  public let gravity: Double
  /// A point of the ramp's surface: its right end, at the frame's edge.
  public let foot: SIMD2<Double>
  private let turned: Double
  private let colour: NamedColour
  private let wantsHeldOut: Bool

  public init(_ draw: Draw, setting: Setting) {
    angle = draw["alpha"] * Double.pi / 180
    (beta, r, turned, gravity) = (draw["beta"], draw["r"], draw["turned"], World.gravity)
    foot = SIMD2(setting.worldWidth, draw["foot"])
    // The corners of a block reach further than its sides.
    let reach = beta == 0 ? r * (cos(angle) + sin(angle)) : r
    let least = reach + draw["inset"], above = r / cos(angle)
    let highest = foot.x - (World.height - 0.2 - reach - foot.y - above) / tan(angle)
    let x = max(least, highest)
    origin = SIMD2(x, foot.y + (foot.x - x) * tan(angle) + above)
    colour = draw.colours[0]
    wantsHeldOut = draw.variant == "combination"
  }

  private init(_ law: Incline, factor: Double) {
    (origin, angle, beta, r, foot, turned, colour, wantsHeldOut) = (
      law.origin, law.angle, law.beta, law.r, law.foot, law.turned, law.colour, law.wantsHeldOut
    )
    gravity = law.gravity * factor
  }

  /// Down the ramp, unit length.
  public var direction: SIMD2<Double> { SIMD2(cos(angle), -sin(angle)) }
  /// Units/s² along the ramp.
  public var acceleration: Double { gravity * sin(angle) / (1 + beta) }
  /// Path along the ramp at `time`, units.
  public func path(at time: Double) -> Double { 0.5 * acceleration * time * time }

  public func bodies(at time: Double) -> [Body] {
    let s = path(at: time), v = acceleration * time
    let centre = origin + direction * s, velocity = direction * v
    let along = foot + SIMD2(cos(angle), -sin(angle)) * 0.5, top = foot - direction * ((foot.x + 1) / cos(angle)),
      width = 0.2
    let under = SIMD2(-sin(angle), -cos(angle)) * (width / 2)
    let ramp = Body.stroke(from: top + under, to: along + under, width: width, colour: Palette.line, role: .scenery)
    let roll = turned - s / r, spin = -v / r
    func body(_ shape: Body.Shape, _ angle: Double, _ spin: Double) -> Body {
      Body(shape: shape, centre: centre, angle: angle, velocity: velocity, spin: spin, colour: colour.rgb)
    }
    if beta == 0 { return [ramp, body(.box(half: SIMD2(r, r)), -angle, 0)] }
    if beta == 1 { return [ramp, body(.ring(radius: r, inner: 0.55 * r, spoke: 0.14 * r), roll, spin)] }
    let slot = Body(
      shape: .box(half: SIMD2(0.6 * r, 0.13 * r)), centre: centre, angle: roll, velocity: velocity, spin: spin,
      colour: SIMD3(repeating: 255), role: .mark)
    return [ramp, body(.disc(radius: r), roll, spin), slot]
  }

  public func scaled(by factor: Double) -> Incline { Incline(self, factor: factor) }
  public var events: [Event] { [] }

  public var caption: String {
    let size = sizeWord(r, small: 0.6, large: 0.7), steep = angle < 22.5 * Double.pi / 180 ? "gentle" : "steep"
    return
      "a \(size) \(colour.name) \(beta == 0 ? "block slides" : beta == 1 ? "ring rolls" : "disc rolls") down a \(steep) ramp"
  }

  public func accepts(_ setting: Setting) -> Bool {
    let degrees = angle * 180 / Double.pi
    let isHeldOut = (15...30).contains(degrees) && (beta == 1 && degrees >= 22.5 || beta == 0 && degrees < 22.5)
    return isHeldOut == wantsHeldOut
  }
}
