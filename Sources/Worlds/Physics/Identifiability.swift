/// Whether a model can know a parameter from the frames it is given (WORLDS §3): moving it by half of its
/// range in distribution must move something in those frames by a pixel, or change a colour.
public struct Identifiability: Sendable {
  public let parameter: Parameter
  /// World units: the largest displacement of an outline over the given frames, median over instances; infinite for a
  /// change of colour or shape, 0 for a coin (a mirrored scene differs as a whole).
  public let displacement: Double

  /// Pixels at a frame height.
  public func pixels(height: Int) -> Double { displacement * Double(height) / World.height }
  public func isSeen(height: Int) -> Bool { pixels(height: height) >= 1 }

  /// One line a continuous parameter that varies in distribution.
  public static func table(_ scenario: Scenario, instances: Int = 32, setting: Setting) throws -> [Identifiability] {
    let drawn = try (0..<instances).map { try Instance(scenario, .validation, index: $0, setting: setting) }
    return scenario.parameters.filter { $0.inside.lowerBound < $0.inside.upperBound && !$0.isCoin }.map {
      parameter in
      let low = parameter.inside.lowerBound, span = parameter.inside.upperBound - low
      // A quantity with choices is moved to its neighbour; a continuous one from the first quarter of its range to the
      // last.
      let ends =
        parameter.choices.isEmpty ? (low + span / 4, low + span * 3 / 4) : (parameter.choices[0], parameter.choices[1])
      let moved = drawn.map { instance -> Double in
        let laws = [ends.0, ends.1].map { scenario.law.init(instance.draw.with(parameter.name, $0), setting: setting) }
        return (0..<World.conditioning).map { displacement(laws[0], laws[1], at: setting.time($0)) }.max() ?? 0
      }.sorted()
      return Identifiability(parameter: parameter, displacement: moved[moved.count / 2])
    }
  }

  private static func displacement(_ a: any Law, _ b: any Law, at time: Double) -> Double {
    let first = a.bodies(at: time), second = b.bodies(at: time)
    guard first.count == second.count else { return .infinity }
    let pan = a.camera(at: time) - b.camera(at: time)
    return zip(first, second).map { p, q in
      if p.colour != q.colour || p.role != q.role { return .infinity }
      switch (p.shape, q.shape) {
      case (.disc, .disc), (.box, .box), (.ring, .ring): break
      default: return .infinity
      }
      let centre = p.centre - q.centre, reach = p.reach - q.reach
      let edge = SIMD2(abs(centre.x) + abs(reach.x), abs(centre.y) + abs(reach.y)),
        turn = abs(p.angle - q.angle) * max(p.reach.x, p.reach.y)
      return max(edge.x, edge.y, turn)
    }.reduce(max(abs(pan.x), abs(pan.y)), max)
  }
}
