/// A disc falls straight down: y = y0 + v0·t − ½·g·t² until it touches the floor, y = r, where it stays.
///
/// WORLDS §2, `free-fall`. A clip that lasts longer needs a next state, and ours is rest (a
/// perfectly inelastic landing), because it is the one that adds no constant a viewer could not see.
/// The abscissa is drawn so that the disc is clear of both walls; it has no influence on the law.
public struct FreeFall: Law {
  public static let suiteFrames = 32
  public static let parameters = [
    Parameter("y0", unit: "units", 6.5...8.6, low: 4...5.5),
    Parameter("v0", unit: "units/s", -1.5...0, low: -3 ... -2),
    Parameter("r", unit: "units", 0.7...1.4, low: 0.3...0.6, high: 1.5...2),
    Parameter("place", unit: "share of the free width", 0...1),
  ]

  public let x0, y0, v0, r: Double
  /// Units/s².
  public let gravity: Double
  let colour: NamedColour

  public init(_ draw: Draw, setting: Setting) {
    r = draw["r"]
    v0 = draw["v0"]
    y0 = draw["y0"]
    x0 = r + draw["place"] * (setting.worldWidth - 2 * r)
    gravity = World.gravity
    colour = draw.colours[0]
  }

  private init(_ law: FreeFall, factor: Double) {
    (x0, y0, r, colour) = (law.x0, law.y0, law.r, law.colour)
    v0 = law.v0 * factor
    gravity = law.gravity * factor
  }

  /// Seconds at which y = r: the positive root of ½gt² − v0t − (y0 − r) = 0.
  public var contact: Double { (v0 + (v0 * v0 + 2 * gravity * (y0 - r)).squareRoot()) / gravity }

  public func bodies(at time: Double) -> [Body] {
    let falling = time < contact
    let y = falling ? y0 + v0 * time - 0.5 * gravity * time * time : r
    let vy = falling ? v0 - gravity * time : 0
    return [Body(shape: .disc(radius: r), centre: SIMD2(x0, y), velocity: SIMD2(0, vy), colour: colour.rgb)]
  }

  public func scaled(by factor: Double) -> FreeFall { FreeFall(self, factor: factor) }
  public var events: [Event] { [Event("contact", time: contact)] }
  public var caption: String { "a \(sizeWord(r)) \(colour.name) ball \(v0 < -1 ? "is thrown down" : "falls")" }

  /// Three scored frames in flight, since a disc at rest shows little of the law. In distribution there are at least
  /// ten.
  public func accepts(_ setting: Setting) -> Bool {
    let flying = (World.conditioning..<setting.frames).filter { setting.time($0) < contact }.count
    return flying >= min(3, Acceptance.needed(setting))
  }
}
