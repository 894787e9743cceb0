/// A disc is thrown to the right: x = x0 + vx·t, y = y0 + vy·t − ½·g·t². It leaves the frame; there is no floor.
///
/// WORLDS §2, `projectile`. The start is set so that the apex of the throw stays below the top.
public struct Projectile: Law {
  public static let suiteFrames = 32
  public static let parameters = [
    Parameter("vx", unit: "units/s", 1...4, low: 0...0.8, high: 4.5...6),
    Parameter("vy", unit: "units/s", 0...2, high: 3...4),
    Parameter("r", unit: "units", 0.7...1.4, low: 0.3...0.6, high: 1.5...2),
    Parameter("inset", unit: "units", 0...0.3),
    Parameter("drop", unit: "units", 0...0.5),
  ]

  public let x0, y0, vx, vy, r: Double
  /// Units/s².
  public let gravity: Double
  let colour: NamedColour

  public init(_ draw: Draw, setting: Setting) {
    r = draw["r"]
    vx = draw["vx"]
    vy = draw["vy"]
    gravity = World.gravity
    x0 = r + draw["inset"]
    y0 = min(9.6 - r - vy * vy / (2 * gravity), 8) - draw["drop"]
    colour = draw.colours[0]
  }

  private init(_ law: Projectile, factor: Double) {
    (x0, y0, r, colour) = (law.x0, law.y0, law.r, law.colour)
    vx = law.vx * factor
    vy = law.vy * factor
    gravity = law.gravity * factor
  }

  public func bodies(at time: Double) -> [Body] {
    let y = y0 + vy * time - 0.5 * gravity * time * time
    return [
      Body(
        shape: .disc(radius: r), centre: SIMD2(x0 + vx * time, y), velocity: SIMD2(vx, vy - gravity * time),
        colour: colour.rgb)
    ]
  }

  public func scaled(by factor: Double) -> Projectile { Projectile(self, factor: factor) }
  public var events: [Event] { [Event("apex", time: vy / gravity)] }
  public var caption: String {
    let throwing =
      vx < 1 ? "dropped with a little push" : vx < 2.5 ? "thrown gently to the right" : "thrown hard to the right"
    return "a \(sizeWord(r)) \(colour.name) ball is \(throwing)\(vy > 1 ? " and up" : "")"
  }
}
