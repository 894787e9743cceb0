/// A disc moves at constant speed behind an opaque bar, w > 2r wide, and comes out again: x = x0 + v·t.
///
/// WORLDS §2, `occlusion`. Variant "crossing": a second disc comes from the right at the same speed on a line of
/// its own, so that the two pass each other unseen; which comes out where is told by colour.
/// Height of the path, start and place of the bar are ours: the table leaves them open.
public struct Occlusion: Law {
  public static let suiteFrames = 64
  public static let variants = ["crossing"]
  public static let parameters = [
    Parameter("v", unit: "units/s", 1.5...3, low: 1...1.3, high: 3.5...4.5),
    Parameter("r", unit: "units", 0.5...0.9),
    Parameter("w", unit: "units", 2...3.5, high: 4...5),
    Parameter("inset", unit: "units", 0...0.3),
    Parameter("y", unit: "units", 2...8),
    Parameter("shift", unit: "units", -0.5...0.5),
  ]

  /// Start of the first disc's centre, its height, speed (to the right) and radius.
  public let x0, y, v, r: Double
  /// The bar's width and the abscissa of its middle; the frame's width.
  public let w, bar, width: Double
  /// Whether a second disc comes from the right, mirrored through the frame's centre.
  public let crossing: Bool
  let colours: [NamedColour]

  public init(_ draw: Draw, setting: Setting) {
    (v, r, w) = (draw["v"], draw["r"], draw["w"])
    width = setting.worldWidth
    x0 = r + draw["inset"]
    y = draw["y"]
    bar = width / 2 + draw["shift"]
    crossing = draw.variant == "crossing"
    colours = draw.colours
  }

  private init(_ law: Occlusion, factor: Double) {
    (x0, y, r, w, bar, width) = (law.x0, law.y, law.r, law.w, law.bar, law.width)
    (crossing, colours) = (law.crossing, law.colours)
    v = law.v * factor
  }

  public func bodies(at time: Double) -> [Body] {
    var bodies = [
      Body(shape: .disc(radius: r), centre: SIMD2(x0 + v * time, y), velocity: SIMD2(v, 0), colour: colours[0].rgb)
    ]
    if crossing {
      bodies.append(
        Body(
          shape: .disc(radius: r), centre: SIMD2(width - x0 - v * time, World.height - y), velocity: SIMD2(-v, 0),
          colour: colours[2].rgb))
    }
    bodies.append(
      Body(
        shape: .box(half: SIMD2(w / 2, World.height / 2)), centre: SIMD2(bar, World.height / 2), colour: colours[1].rgb,
        role: .scenery))
    return bodies
  }

  public func scaled(by factor: Double) -> Occlusion { Occlusion(self, factor: factor) }

  public var events: [Event] {
    func passing(_ object: Int, _ entry: Double) -> [Event] {  // entry: from the first disc centre to the bar's near edge
      [("hiding", entry - r), ("hidden", entry + r), ("emerging", entry + w - r), ("clear", entry + w + r)]
        .map { Event($0.0, time: $0.1 / v, object: object) }
    }
    let first = passing(0, bar - w / 2 - x0)
    return crossing ? first + passing(1, width - x0 - bar - w / 2) : first
  }

  /// The first disc never comes out; comes out in another colour; on another line; .8 s late. The change is made
  /// halfway through the hidden time, and begins to show where the disc should emerge.
  public var impossible: [Impossible] {
    let entry = bar - w / 2 - x0, half = (entry + w / 2) / v, emerging = (entry + w - r) / v,
      lift = y < World.height / 2 ? 2.5 : -2.5
    func changed(_ name: String, _ change: @escaping @Sendable (inout Body, Double) -> Void) -> Impossible {
      Impossible(name, from: emerging) { time in
        var bodies = bodies(at: time)
        if time >= half { change(&bodies[0], time) }
        return bodies
      }
    }
    let other = colours[2].rgb, late = 0.8
    return [
      changed("vanish") { ball, _ in ball.centre = SIMD2(-50, -50) },
      changed("swap-colour") { ball, _ in ball.colour = other },
      changed("teleport") { ball, _ in ball.centre.y += lift },
      changed("delay") { ball, time in ball.centre.x = max(bar, ball.centre.x - v * late) },
    ]
  }

  public var caption: String {
    let size = sizeWord(r, small: 0.63, large: 0.77), wide = w < 2.75 ? "narrow" : "wide"
    let start =
      crossing
      ? "a \(size) \(colours[0].name) ball and \(article("\(colours[2].name) ball")) pass"
      : "a \(size) \(colours[0].name) ball passes"
    return "\(start) behind a \(wide) \(colours[1].name) bar"
  }

  /// Given frames show the disc clear of the bar; then at least three frames hidden and three clear again. Crossing
  /// discs meet while both are hidden.
  public func accepts(_ setting: Setting) -> Bool {
    for object in 0..<(crossing ? 2 : 1) {
      let times = Dictionary(uniqueKeysWithValues: events.filter { $0.object == object }.map { ($0.name, $0.time) })
      guard let hiding = times["hiding"], let hidden = times["hidden"], let emerging = times["emerging"],
        let clear = times["clear"]
      else { return false }
      guard hiding >= setting.time(World.conditioning - 1) else { return false }
      let meeting = (width / 2 - x0) / v
      guard !crossing || (hidden <= meeting && meeting <= emerging) else { return false }
      let scored = (World.conditioning..<setting.frames).map(setting.time)
      guard scored.filter({ $0 >= hidden && $0 <= emerging }).count >= 3 else { return false }
      let exit = (width - r - x0) / v  // both discs start the same distance from their walls
      guard scored.filter({ $0 >= clear && $0 <= exit }).count >= 3 else { return false }
    }
    return !crossing || abs(World.height - 2 * y) > 2 * r  // the lines of flight are apart
  }
}
