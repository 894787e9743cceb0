/// A disc is dropped and bounces on the floor; its colour tells its restitution: green .3, blue .6, red .9.
///
/// WORLDS §2, `bounce`: h = y0 − r; first touch at t1 = √(2h/g); flight n lasts 2·eⁿ·t1 and peaks at e²ⁿ·h above
/// the floor; for e < 1 the flights add up to t1·(1 + e)/(1 − e) seconds, after which the disc lies still.
/// Large green and small red balls are held out of every cell but "combination", which shows nothing else.
/// Wrong simulator: e times 2 − f, g times f.
public struct Bounce: Law {
  public static let suiteFrames = 64
  public static let variants = ["combination"]
  public static let parameters = [
    Parameter("y0", unit: "units", 6...9, low: 3...4.5),
    Parameter("r", unit: "units", 0.5...1, high: 1.2...1.6),
    Parameter("e", unit: "restitution", oneOf: [0.3, 0.6, 0.9]),
    Parameter("place", unit: "share of the free width", 0...1),
  ]

  /// Abscissa, height of the centre at the release, radius.
  public let x, y0, r: Double
  /// Speed after a bounce over speed before it.
  public let restitution: Double
  /// Units/s².
  public let gravity: Double
  private let colour: NamedColour
  private let isHeldOut, wantsHeldOut: Bool

  public init(_ draw: Draw, setting: Setting) {
    (y0, r, restitution) = (draw["y0"], draw["r"], draw["e"])
    x = r + draw["place"] * (setting.worldWidth - 2 * r)
    gravity = World.gravity
    let name = restitution < 0.45 ? "green" : restitution < 0.75 ? "blue" : "red"
    colour = Palette.named(name)
    isHeldOut = r <= 1 && (name == "green" && Self.size(r) == "large" || name == "red" && Self.size(r) == "small")
    wantsHeldOut = draw.variant == "combination"
  }

  private init(_ law: Bounce, factor: Double) {
    (x, y0, r, colour, isHeldOut, wantsHeldOut) = (law.x, law.y0, law.r, law.colour, law.isHeldOut, law.wantsHeldOut)
    restitution = law.restitution * (2 - factor)
    gravity = law.gravity * factor
  }

  private static func size(_ r: Double) -> String { sizeWord(r, small: 0.67, large: 0.83) }

  /// Height of the lowest point at the release.
  public var drop: Double { y0 - r }
  /// Seconds to the first touch.
  public var firstTouch: Double { (2 * drop / gravity).squareRoot() }
  /// Seconds at which the last of infinitely many bounces is over.
  public var rest: Double { restitution < 1 ? firstTouch * (1 + restitution) / (1 - restitution) : .infinity }

  /// Seconds of touches 1…`count`; at most 64 are told apart.
  public func touches(_ count: Int) -> [Double] {
    var times = [firstTouch], flight = 2 * firstTouch * restitution
    while times.count < min(count, 64) {
      times.append(times[times.count - 1] + flight)
      flight *= restitution
    }
    return times
  }

  /// Height of the centre and its velocity.
  private func state(at time: Double) -> (y: Double, v: Double) {
    if time < firstTouch { return (y0 - 0.5 * gravity * time * time, -gravity * time) }
    var touch = firstTouch, speed = gravity * firstTouch * restitution
    while speed > 1e-9, time < rest {
      let flight = 2 * speed / gravity, t = time - touch
      if t < flight { return (r + speed * t - 0.5 * gravity * t * t, speed - gravity * t) }
      touch += flight
      speed *= restitution
    }
    return (r, 0)
  }

  private func body(_ y: Double, _ v: Double) -> [Body] {
    [Body(shape: .disc(radius: r), centre: SIMD2(x, y), velocity: SIMD2(0, v), colour: colour.rgb)]
  }

  public func bodies(at time: Double) -> [Body] {
    let state = state(at: time)
    return body(state.y, state.v)
  }

  public func scaled(by factor: Double) -> Bounce { Bounce(self, factor: factor) }

  /// Touches in the first 8 s, apexes between them, and rest.
  public var events: [Event] {
    let times = touches(64).filter { $0 < 8 }, apexes = zip(times, times.dropFirst()).map { ($0 + $1) / 2 }
    return
      (times.map { Event("contact", time: $0) } + apexes.map { Event("apex", time: $0) }
      + (rest < .infinity ? [Event("rest", time: rest)] : []))
      .sorted { $0.time < $1.time }
  }

  /// The first bounce goes one unit higher than the release, or as far as touching the top where that is less but still
  /// higher.
  public var impossible: [Impossible] {
    let roof = World.height - r, apex = (roof > y0 + 0.2 ? min(roof, y0 + 1) : y0 + 1) - r,
      speed = (2 * gravity * apex).squareRoot()
    return [
      Impossible("higher", from: firstTouch) { time in
        let t = time - firstTouch
        guard t >= 0 else { return bodies(at: time) }
        let flight = 2 * speed / gravity, s = t.truncatingRemainder(dividingBy: flight)
        return body(r + speed * s - 0.5 * gravity * s * s, speed - gravity * s)
      }
    ]
  }

  public var caption: String { "a \(Self.size(r)) \(colour.name) ball is dropped and bounces" }
  public func accepts(_ setting: Setting) -> Bool { isHeldOut == wantsHeldOut }
}
