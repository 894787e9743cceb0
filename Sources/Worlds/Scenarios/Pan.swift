/// A camera pans over a textured world in which a disc moves at constant speed: picture = world − camera(t).
///
/// WORLDS §2, `pan`. In distribution the camera moves, or the disc, or both. Variants: "reversal", the camera
/// turns round once; "loop", it goes out for half of the clip and comes back, so that the last frame shows what the
/// first did. Neither turn can be foreseen from the given frames. States are relative to the frame; `world` has the
/// disc's own motion. Wrong simulator: the camera's and the disc's speed times f.
public struct Pan: Law {
  public static let suiteFrames = 64
  public static let variants = ["reversal", "loop"]
  public static let needsTexture = true
  public static let parameters = [
    Parameter("pan", unit: "units/s", 0...1.5, high: 2...3),
    Parameter("u", unit: "units/s", 0.5...2),
    Parameter("mode", unit: "camera, disc, both", oneOf: [0, 1, 2]),
    Parameter("r", unit: "units", 0.5...0.9),
    Parameter("place", unit: "share of the free width", 0...1),
    Parameter("y", unit: "units", 2...8),
    Parameter(coin: "panning"),
    Parameter(coin: "running"),
    Parameter("turn", unit: "share of the clip", 0.3...0.6),
  ]

  /// What moves, in the order of the choices of `mode`.
  public enum Mode: Int, Sendable, CaseIterable { case camera, disc, both }
  public let mode: Mode
  /// The camera's first velocity, to the right, units/s; 0 in mode `disc`.
  public let pan: Double
  /// The disc's velocity in the world, to the right, units/s; 0 in mode `camera`.
  public let u: Double
  /// The disc's place at t = 0 and radius.
  public let start: SIMD2<Double>, r: Double
  /// Seconds at which the camera turns round; infinite when it does not.
  public let turn: Double
  private let colour: NamedColour
  private let mustPan: Bool

  public init(_ draw: Draw, setting: Setting) {
    mode = Mode.allCases[Int(draw["mode"])]
    pan = mode == .disc ? 0 : draw["pan"] * (draw["panning"] < 0.5 ? -1 : 1)
    u = mode == .camera ? 0 : draw["u"] * (draw["running"] < 0.5 ? -1 : 1)
    r = draw["r"]
    start = SIMD2(r + draw["place"] * (setting.worldWidth - 2 * r), draw["y"])
    let end = setting.time(setting.frames - 1)
    turn = draw.variant == "loop" ? end / 2 : draw.variant == "reversal" ? draw["turn"] * end : .infinity
    colour = draw.colours[0]
    mustPan = !draw.cell.isInDistribution
  }

  private init(_ law: Pan, factor: Double) {
    (mode, r, start, turn, colour, mustPan) = (law.mode, law.r, law.start, law.turn, law.colour, law.mustPan)
    (pan, u) = (law.pan * factor, law.u * factor)
  }

  public func camera(at time: Double) -> SIMD2<Double> { SIMD2(pan * (time <= turn ? time : 2 * turn - time), 0) }
  /// The disc's centre in the world, whose origin is the frame's lower left corner at t = 0.
  public func world(at time: Double) -> SIMD2<Double> { start + SIMD2(u * time, 0) }

  public func bodies(at time: Double) -> [Body] {
    let velocity = u - (time < turn ? pan : -pan)
    return [
      Body(
        shape: .disc(radius: r), centre: world(at: time) - camera(at: time), velocity: SIMD2(velocity, 0),
        colour: colour.rgb)
    ]
  }

  public func scaled(by factor: Double) -> Pan { Pan(self, factor: factor) }
  public var events: [Event] { turn < .infinity ? [Event("turn", time: turn)] : [] }

  public var caption: String {
    let ball = "a \(sizeWord(r, small: 0.63, large: 0.77)) \(colour.name) ball"
    let moves = u == 0 ? "\(ball) rests" : "\(ball) moves \(u < 0 ? "left" : "right")"
    let way = pan < 0 ? "left" : "right"
    if mode == .disc { return moves }
    return "\(moves) while the camera pans \(way)" + (turn < .infinity ? " and back" : "")
  }

  /// Outside the distribution the camera must move for the cell to be what it says.
  public func accepts(_ setting: Setting) -> Bool { !mustPan || mode != .disc }
}
