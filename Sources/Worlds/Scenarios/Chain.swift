/// A ball runs into a row of resting balls, and the motion is handed on: A strikes B, B strikes C.
///
/// WORLDS §2, `chain`: repeated elastic contacts (`ElasticLine`) of three equal balls, each .5 to .8 s of the
/// first one's run apart; B is still until t1, C until t2. Variants: "four-balls"; "unequal", where radii and with them
/// masses differ. Wrong simulator: the first ball's speed times f.
public struct Chain: Law {
  public static let suiteFrames = 32
  public static let objects = 3
  public static let palette = 4
  public static let variants = ["four-balls", "unequal"]
  public static let parameters = [
    Parameter("v", unit: "units/s", 2...3, high: 4...5),
    Parameter("r", unit: "units", 0.4...0.6),
    Parameter("gap1", unit: "s of the run", 0.5...0.8),
    Parameter("gap2", unit: "s of the run", 0.5...0.8),
    Parameter("gap3", unit: "s of the run", 0.5...0.8),
    Parameter("share2", unit: "of r", 1...1, elsewhere: ["unequal": 0.6...1.6]),
    Parameter("share3", unit: "of r", 1...1, elsewhere: ["unequal": 0.6...1.6]),
    Parameter("inset", unit: "units", 0...0.3),
    Parameter("y", unit: "units", 2...8),
  ]

  /// The balls from left to right, which is also the objects' order.
  public let line: ElasticLine
  public let y: Double
  /// Of the first ball, units/s.
  public let v: Double
  private let x: [Double]
  private let isUnequal: Bool
  private let colours: [NamedColour]

  public init(_ draw: Draw, setting: Setting) {
    let r = draw["r"], speed = draw["v"]
    var radii = [r, r * draw["share2"], r * draw["share3"]]
    if draw.variant == "four-balls" { radii.append(r) }
    var x = [r + draw["inset"]]
    for i in 1..<radii.count { x.append(x[i - 1] + radii[i - 1] + draw["gap\(i)"] * speed + radii[i]) }
    self.init(x, speed, radii, draw["y"], draw.variant == "unequal", draw.colours)
  }

  private init(_ x: [Double], _ v: Double, _ radii: [Double], _ y: Double, _ isUnequal: Bool, _ colours: [NamedColour])
  {
    line = ElasticLine(
      x: x, v: [v] + [Double](repeating: 0, count: x.count - 1), radii: radii, masses: radii.map { $0 * $0 })
    (self.x, self.v, self.y, self.isUnequal, self.colours) = (x, v, y, isUnequal, colours)
  }

  /// Seconds of the contacts, in the order they happen.
  public var contactTimes: [Double] { line.contacts.map(\.time) }

  private func bodies(_ state: (x: [Double], v: [Double])) -> [Body] {
    state.x.indices.map {
      Body(
        shape: .disc(radius: line.radii[$0]), centre: SIMD2(state.x[$0], y), velocity: SIMD2(state.v[$0], 0),
        colour: colours[$0].rgb)
    }
  }

  public func bodies(at time: Double) -> [Body] { bodies(line.state(at: time)) }
  public func scaled(by factor: Double) -> Chain { Chain(x, v * factor, line.radii, y, isUnequal, colours) }
  public var events: [Event] { line.events }

  /// All that follows the first contact happens up to three frames early, though not in the given frames: B starts
  /// before anything has touched it. The first ball goes on as in the true scene.
  public var impossible: [Impossible] {
    let start = max(contactTimes[0] - 0.3, Double(World.conditioning - 1) * World.timeStep),
      early = contactTimes[0] - start
    return [
      Impossible("early-start", from: start) { time in
        let own = line.state(at: time)
        guard time > start else { return bodies(own) }
        let ahead = line.state(at: time + early)
        return bodies(([own.x[0]] + ahead.x.dropFirst(), [own.v[0]] + ahead.v.dropFirst()))
      }
    ]
  }

  public var caption: String {
    let names = line.radii.indices.map { "\(colours[$0].name)" }
    return
      "a \(sizeWord(line.radii[0], small: 0.47, large: 0.53)) \(names[0]) ball runs into \(article(names[1])) ball, which strikes "
      + (names.count == 4
        ? "\(article(names[2])) ball, which strikes \(article(names[3])) ball" : "\(article(names[2])) ball")
      + (isUnequal ? "; their sizes differ" : "")
  }

  /// The last ball is struck and then whole and in sight for three scored frames.
  public func accepts(_ setting: Setting) -> Bool {
    let last = line.radii.count - 1
    guard let struck = line.contacts.first(where: { $0.left == last - 1 })?.time else { return false }
    return Acceptance.clearFrames(self, setting, object: last) { $0 >= struck } >= min(3, Acceptance.needed(setting))
  }
}
