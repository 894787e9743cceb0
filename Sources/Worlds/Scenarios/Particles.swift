import Foundation

/// A burst of 200 small discs of one colour that fly apart under gravity and do not touch.
///
/// WORLDS §2, `particles`. Particle i starts at c + pᵢ with velocity v + k·pᵢ, so that at time t it is at
/// c + v·t − ½·g·t² + (1 + k·t)·pᵢ: distances only grow, no two ever overlap, and both the coloured area and the
/// acceleration of the centroid are exact. The pᵢ are a sunflower's seeds (Vogel, "A better way to construct the
/// sunflower head", 1979), with their centroid taken out. The cloud is one object: its state is that of the centroid,
/// its area the sum of the particles'. The suite states no ranges for it; these are ours. Wrong simulator: all speeds
/// and g times f.
public struct Particles: Law {
  public static let suiteFrames = 32
  public static let count = 200
  /// Of one particle, units.
  public static let size = 0.09
  public static let parameters = [
    Parameter("vx", unit: "units/s", -0.8...0.8),
    Parameter("vy", unit: "units/s", 1...3, high: 3.5...4.5),
    Parameter("spread", unit: "1/s", 0.2...0.45, high: 0.55...0.7),
    Parameter("extent", unit: "units", 1.7...2),
    Parameter("place", unit: "share of the free width", 0.2...0.8),
    Parameter("y", unit: "units", 3...4.5),
    Parameter("turned", unit: "radians", 0...3.1),
  ]

  /// Of the centroid at t = 0.
  public let centre, velocity: SIMD2<Double>
  /// Growth of all distances, 1/s.
  public let spread: Double
  /// Units/s².
  public let gravity: Double
  private let seeds: [SIMD2<Double>]
  /// The corners of the smallest upright rectangle around them.
  private let bounds: (low: SIMD2<Double>, high: SIMD2<Double>)
  private let colour: NamedColour

  public init(_ draw: Draw, setting: Setting) {
    let extent = draw["extent"], golden = Double.pi * (3 - 5.0.squareRoot()), turned = draw["turned"]
    let raw = (0..<Self.count).map { i -> SIMD2<Double> in
      let radius = extent * ((Double(i) + 0.5) / Double(Self.count)).squareRoot(), angle = golden * Double(i) + turned
      return radius * SIMD2(cos(angle), sin(angle))
    }
    let mean = raw.reduce(SIMD2.zero, +) / Double(Self.count)
    seeds = raw.map { $0 - mean }
    bounds = (SIMD2(seeds.map(\.x).min()!, seeds.map(\.y).min()!), SIMD2(seeds.map(\.x).max()!, seeds.map(\.y).max()!))
    centre = SIMD2(extent + draw["place"] * (setting.worldWidth - 2 * extent), draw["y"])
    velocity = SIMD2(draw["vx"], draw["vy"])
    (spread, gravity, colour) = (draw["spread"], World.gravity, draw.colours[0])
  }

  private init(_ law: Particles, factor: Double) {
    (centre, seeds, bounds, colour) = (law.centre, law.seeds, law.bounds, law.colour)
    (velocity, spread, gravity) = (law.velocity * factor, law.spread * factor, law.gravity * factor)
  }

  private func centroid(at time: Double) -> SIMD2<Double> {
    centre + velocity * time - SIMD2(0, 0.5 * gravity * time * time)
  }

  public func bodies(at time: Double) -> [Body] { cloud(at: time, around: centroid(at: time)) }

  public func bodies(at time: Double, placing centres: [SIMD2<Double>], radii: [Double]?) -> [Body] {
    cloud(at: time, around: centres[0])
  }

  /// One particle is the object, the others are marks on it: they share its mask.
  private func cloud(at time: Double, around middle: SIMD2<Double>) -> [Body] {
    let now = velocity - SIMD2(0, gravity * time)
    return seeds.enumerated().map { i, seed in
      Body(
        shape: .disc(radius: Self.size), centre: middle + seed * (1 + spread * time), velocity: now + seed * spread,
        colour: colour.rgb,
        role: i == 0 ? .object : .mark)
    }
  }

  public func truth(at time: Double, _ setting: Setting) -> [ObjectState] {
    let width = setting.worldWidth, area = Double(Self.count) * Double.pi * Self.size * Self.size
    let now = velocity - SIMD2(0, gravity * time), at = centroid(at: time)
    let low = at + (1 + spread * time) * bounds.low, high = at + (1 + spread * time) * bounds.high
    let inside = low.min() >= Self.size && high.x <= width - Self.size && high.y <= World.height - Self.size
    let seen =
      inside
      ? 1 : bodies(at: time).reduce(0) { $0 + Visibility.share(of: $1, behind: [], width: width) } / Double(Self.count)
    return [
      ObjectState(
        x: at.x, y: at.y, vx: now.x, vy: now.y, radius: (area / Double.pi).squareRoot(), visible: seen, inside: inside,
        colour: colour.rgb,
        mass: area / Double.pi, area: area)
    ]
  }

  public func scaled(by factor: Double) -> Particles { Particles(self, factor: factor) }
  public var events: [Event] { [Event("apex", time: velocity.y / gravity)] }
  public var caption: String { "a burst of small \(colour.name) balls flies apart" }
}
