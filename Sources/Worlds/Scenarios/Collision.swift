/// Two discs meet head-on and rebound elastically; a disc's mass is its radius squared.
///
/// WORLDS §2, `collision`: v₁' = ((m₁ − m₂)v₁ + 2m₂v₂)/(m₁ + m₂), t_c = (x₂ − x₁ − r₁ − r₂)/(v₁ − v₂). Out of
/// distribution it is always one ball that is odd, the first; the picture is mirrored for half of the draws, so it may
/// be on either side. Where the contact happens is drawn uniformly among the places that leave both balls inside at the
/// start. Wrong simulator: the first ball's speed times f, the second's times 2 − f.
public struct Collision: Law {
  public static let suiteFrames = 32
  public static let objects = 2
  public static let variants = ["one-slow", "one-fast", "one-small", "one-large"]
  public static let sumsClearFrames = true
  public static let parameters = [
    Parameter("v1", unit: "units/s", 1...4, elsewhere: ["one-slow": 0...0.8, "one-fast": 4.5...6, "joint": 4.5...6]),
    Parameter("v2", unit: "units/s", 1...4),
    Parameter(
      "r1", unit: "units", 0.5...1.5, elsewhere: ["one-small": 0.3...0.4, "one-large": 1.7...2, "joint": 0.3...0.4]),
    Parameter("r2", unit: "units", 0.5...1.5),
    Parameter("contact", unit: "s", 0.5...0.9),
    Parameter("place", unit: "share of the free width", 0...1),
    Parameter("y", unit: "units", 2...8),
    Parameter(coin: "mirror"),
  ]

  /// The balls from left to right, which is also the objects' order.
  public let line: ElasticLine
  public let y: Double
  /// Whether the first ball stands on the right.
  public let isMirrored: Bool
  let start: (x: [Double], v: [Double])
  let colours: [NamedColour]

  public init(_ draw: Draw, setting: Setting) {
    let (v1, v2, r1, r2) = (draw["v1"], draw["v2"], draw["r1"], draw["r2"]), width = setting.worldWidth,
      wait = draw["contact"]
    let free = width - (v1 + v2) * wait - 2 * r1 - 2 * r2  // negative: no place, and acceptance refuses the draw
    let meeting = v1 * wait + 2 * r1 + draw["place"] * free
    var x = [meeting - r1 - v1 * wait, meeting + r2 + v2 * wait], v = [v1, -v2], radii = [r1, r2]
    let isMirrored = draw["mirror"] >= 0.5
    if isMirrored { (x, v, radii) = ([width - x[1], width - x[0]], [v2, -v1], [r2, r1]) }
    self.init(x, v, radii, draw["y"], isMirrored, draw.colours)
  }

  private init(
    _ x: [Double], _ v: [Double], _ radii: [Double], _ y: Double, _ isMirrored: Bool, _ colours: [NamedColour]
  ) {
    line = ElasticLine(x: x, v: v, radii: radii, masses: radii.map { $0 * $0 })
    (start, self.y, self.isMirrored, self.colours) = ((x, v), y, isMirrored, colours)
  }

  /// Seconds; never in a draw of the suite less than .5.
  public var contactTime: Double { line.contacts.first?.time ?? .infinity }
  public var masses: [Double] { line.masses }
  /// Velocities to the right, of the balls from left to right.
  public var before: [Double] { start.v }
  public var after: [Double] { line.contacts.isEmpty ? start.v : line.velocities(around: 0).after }

  private func bodies(_ x: [Double], _ v: [Double]) -> [Body] {
    (0..<2).map {
      Body(
        shape: .disc(radius: line.radii[$0]), centre: SIMD2(x[$0], y), velocity: SIMD2(v[$0], 0),
        colour: colours[$0].rgb)
    }
  }

  public func bodies(at time: Double) -> [Body] {
    let state = line.state(at: time)
    return bodies(state.x, state.v)
  }

  public func scaled(by factor: Double) -> Collision {
    let first = isMirrored ? 1 : 0
    return Collision(
      start.x, start.v.enumerated().map { $1 * ($0 == first ? factor : 2 - factor) }, line.radii, y, isMirrored, colours
    )
  }

  public var events: [Event] { line.events }

  /// Each ball goes on as if the other were not there.
  public var impossible: [Impossible] {
    [
      Impossible("pass-through", from: contactTime) { time in
        bodies(zip(start.x, start.v).map { $0 + $1 * time }, start.v)
      }
    ]
  }

  public var caption: String {
    let names = (0..<2).map { "\(sizeWord(line.radii[$0], small: 0.83, large: 1.17)) \(colours[$0].name) ball" }
    return "\(article(names[0])) and \(article(names[1])) run into each other"
  }

  /// Three scored frames after the contact in which a ball is whole and in sight, for each ball.
  public func accepts(_ setting: Setting) -> Bool {
    (0..<2).allSatisfy { ball in
      Acceptance.clearFrames(self, setting, object: ball) { $0 >= contactTime } >= min(3, Acceptance.needed(setting))
    }
  }
}
