/// Scenes of the simulator of "How Far is Video Generation from World Model" (Kang et al. 2024, arXiv 2411.02385),
/// re-created with its published parameters: `phyworld_compat`.
///
/// A box of 10 units, 256² pixels, 32 frames; steps of .01 s, every tenth shown, so frame k is step 10k + 1;
/// semi-implicit Euler as in the rigid-body engine used there (velocity first, then position with the new velocity); a
/// contact is resolved at the first step that begins with the discs overlapping, elastically when they close faster
/// than 1 unit/s and without rebound below (that engine's threshold). Mass = r². What differs: the published sets take
/// grids of values with another generator's seeds, ours draws uniformly from the same ranges; we compute in Double;
/// penetration is not pushed apart (at most .12 units, for one step).
public struct PhyWorld: Sendable {
  public enum Kind: String, Sendable, CaseIterable { case uniform, parabola, collision }

  public static let version = "phyworld_compat/1"
  public static let frames = 32, size = 256
  static let step = 0.01, stride = 10

  public let kind: Kind
  public let level: String
  public let radii: [Double]
  /// Positions of step 10k + 1, `[frames][balls]`, world units, y up.
  public let positions: [[SIMD2<Double>]]
  /// Velocities, likewise.
  public let velocities: [[SIMD2<Double>]]
  public let id: String

  /// Levels out of distribution, named as there: "r1" means the first radius is below its range, "xl-r1" above; "cross"
  /// puts one quantity on either side.
  public static func levels(_ kind: Kind) -> [String] {
    let (own, cross) =
      kind == .collision
      ? (
        ["r1", "v1", "r1-r2", "v1-v2", "r1-v1", "r1-r2-v1-v2"],
        ["cross-r1-r2", "cross-v1-v2", "cross-r1-r2-v1-v2", "cross-r2-r1-v1-v2"]
      )
      : (["r1", "v1", "r1-v1"], ["cross-r1-v1", "cross-v1-r1"])
    return ["id"] + own + own.map { "xl-" + $0 } + cross
  }

  private enum Side { case id, low, high }

  /// Which side of its range each of r1, r2, v1, v2 is drawn from. In a cross level the names alternate: low, high,
  /// low, high.
  private static func sides(_ level: String) -> [String: Side] {
    let names = level.split(separator: "-").map(String.init)
    if names[0] == "id" { return [:] }
    if names[0] == "xl" { return Dictionary(uniqueKeysWithValues: names.dropFirst().map { ($0, .high) }) }
    guard names[0] == "cross" else { return Dictionary(uniqueKeysWithValues: names.map { ($0, .low) }) }
    return Dictionary(uniqueKeysWithValues: names.dropFirst().enumerated().map { ($1, $0 % 2 == 0 ? .low : .high) })
  }

  private static func range(_ name: String, _ side: Side, _ kind: Kind) -> ClosedRange<Double> {
    switch (name.first, side) {
    case ("v", .id): 1...4
    case ("v", .low): 0...0.8
    case ("v", .high): 4.5...6
    case (_, .id): kind == .collision ? 0.5...1.5 : 0.7...1.4
    case (_, .low): kind == .collision ? 0.3...0.4 : 0.3...0.6
    case (_, .high): kind == .collision ? 1.7...2 : 1.5...2
    }
  }

  /// - Parameter split: part of the key, so that training and held-out scenes differ.
  /// - Throws: `Problem` (usage) for a level there is not, or one whose scenes do not fit the box.
  public init(_ kind: Kind, level: String = "id", split: String, index: Int) throws {
    guard Self.levels(kind).contains(level) else { throw Self.unknown(level, kind) }
    let sides = Self.sides(level)
    for attempt in 0..<5000 {
      var random = InstanceRandom([Self.version, kind.rawValue, level, split, String(index), String(attempt)])
      let value = Dictionary(
        uniqueKeysWithValues: ["r1", "r2", "v1", "v2"].map {
          ($0, random.uniform(Self.range($0, sides[$0] ?? .id, kind)))
        })
      guard let scene = Self.place(kind, value, &random) else { continue }
      (self.kind, self.level, id) = (kind, level, "phyworld-\(kind.rawValue)/\(level)-\(split)/\(sixDigits(index))")
      radii = scene.radii
      (positions, velocities) = Self.simulate(
        radii: scene.radii, x: scene.x, v: scene.v, gravity: kind == .parabola ? 2.5 : 0)
      return
    }
    throw Self.crowded(level, kind)
  }

  private struct Start { var radii: [Double], x: [SIMD2<Double>], v: [SIMD2<Double>] }

  /// Where the balls begin; nil when the published rules of placement give up.
  private static func place(_ kind: Kind, _ value: [String: Double], _ random: inout InstanceRandom) -> Start? {
    /// Unlike a range, the ends may come in either order, as they do there when a scene is tight.
    func between(_ low: Double, _ high: Double) -> Double { low + random.unit() * (high - low) }
    let world = 10.0, margin = 0.5, frame = step * Double(stride)
    let r1 = value["r1"]!, v1 = value["v1"]!
    guard kind == .collision else {
      var last = world - (24 * v1 * frame + r1)  // 24 frames before it leaves, if the box is wide enough
      if last < r1 { last = r1 + between(0, 0.5) }
      let x = between(r1, last)
      let y =
        kind == .uniform
        ? between(r1 + margin, world - margin - r1) : between(world - margin - r1 - 1, world - margin - r1)
      return Start(radii: [r1], x: [SIMD2(x, y)], v: [SIMD2(v1, 0)])
    }
    let r2 = value["r2"]!, v2 = value["v2"]!, closing = v1 + v2
    let least = 8 * closing * frame + r1 + r2
    // Where one ball is over twice the other, they start nearer; the large ball on the right keeps the pair to the
    // right.
    let uneven = r1 > 2 * r2 || r2 > 2 * r1
    let most = min(uneven ? 1.25 * least : 24 * closing * frame + r1 + r2, world - r1 - r2)
    for _ in 0..<10 {
      let distance = between(least, most), right = world - r2 - distance
      let x1 = max(between(r2 > 2 * r1 ? right - margin : r1, right), r1), x2 = min(x1 + distance, world - r2)
      guard closing <= 0 || (x2 - x1 - r1 - r2) / closing / frame >= 8 else { continue }
      let y = between(max(r1, r2) + margin, world - margin - max(r1, r2))
      return Start(radii: [r1, r2], x: [SIMD2(x1, y), SIMD2(x2, y)], v: [SIMD2(v1, 0), SIMD2(-v2, 0)])
    }
    return nil
  }

  /// Positions and velocities of the shown steps, `[frames][balls]`, from a start; two balls move on one horizontal
  /// line.
  public static func simulate(
    radii: [Double], x: [SIMD2<Double>], v: [SIMD2<Double>], gravity: Double
  ) -> (x: [[SIMD2<Double>]], v: [[SIMD2<Double>]]) {
    var x = x, v = v, xs: [[SIMD2<Double>]] = [], vs: [[SIMD2<Double>]] = []
    for i in 0..<frames * stride {
      for k in v.indices { v[k].y -= gravity * step }
      if x.count == 2, x[1].x - x[0].x <= radii[0] + radii[1], v[0].x > v[1].x {
        let m1 = radii[0] * radii[0], m2 = radii[1] * radii[1], closing = v[0].x - v[1].x
        let impulse = (closing > 1 ? 2 : 1) * closing * m1 * m2 / (m1 + m2)
        v[0].x -= impulse / m1
        v[1].x += impulse / m2
      }
      for k in x.indices { x[k] += v[k] * step }
      if i % stride == 0 {
        xs.append(x)
        vs.append(v)
      }
    }
    return (xs, vs)
  }
}
