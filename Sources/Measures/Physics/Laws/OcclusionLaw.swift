/// An object moves evenly behind a bar and must come out again: when, where, and as it went in.
public struct OcclusionLaw: PhysicsLaw {
  /// One passage: object, velocity, and the times at which it is last whole before and first whole after the bar.
  public struct Passage: Sendable, Equatable {
    public var object: Int
    public var velocity: SIMD2<Double>
    public var hiding, clear: Double
    public init(object: Int, velocity: SIMD2<Double>, hiding: Double, clear: Double) {
      (self.object, self.velocity, self.hiding, self.clear) = (object, velocity, hiding, clear)
    }
  }
  public var passages: [Passage]

  public init(passages: [Passage]) { self.passages = passages }

  public func terms(_ seen: Observation) -> [LawTerm] { passages.flatMap { Self.terms($0, seen) } }

  private static func terms(_ passage: Passage, _ seen: Observation) -> [LawTerm] {
    let k = passage.object, name = "object \(k)"
    let demanded = seen.scored.filter {
      Double($0) * seen.timeStep >= passage.clear && seen.truth[$0][k].demand == .present
    }
    let hidden = seen.scored.filter { seen.truth[$0][k].demand == .absent }
    let after = seen.path(k, from: demanded.first ?? seen.truth.count)
    let exit =
      seen.truth[demanded.first ?? 0][k].position + passage.velocity
      * (passage.clear - Double(demanded.first ?? 0) * seen.timeStep)
    // Where its line, fitted after the bar, meets the place of exit, and where that line is at the time of exit.
    let line =
      after.count >= 3
      ? (Polynomial(degree: 1, after.times, after.x), Polynomial(degree: 1, after.times, after.y)) : nil
    let lost = "under three whole sightings after the bar"
    let time = line.flatMap {
      abs($0.0.slope) > 0.05 * abs(passage.velocity.x) ? $0.0.centre + (exit.x - $0.0(($0.0.centre))) / $0.0.slope : nil
    }
    let offset = line.map { SIMD2($0.0(passage.clear), $0.1(passage.clear)) - exit }
    let speed = line.map { ($0.0.slope * $0.0.slope + $0.1.slope * $0.1.slope).squareRoot() }
    return [
      .permanence(
        "permanence", "\(name) after the bar", holds: demanded.isEmpty ? nil : 2 * after.count >= demanded.count,
        otherwise: "the truth does not come out"),
      .permanence(
        "permanence", "\(name) behind the bar", holds: hidden.isEmpty ? nil : hidden.allSatisfy { seen.valid[$0][k] },
        otherwise: "the truth is never hidden"),
      .event(
        "exit of \(name)", seen: time, exact: passage.clear, timeStep: seen.timeStep,
        otherwise: line == nil ? lost : "it stands still after the bar"),
      .parameter("speed of \(name) after the bar", fitted: speed, exact: length(passage.velocity), otherwise: lost),
      .described("exit_position_error", name, value: offset.map(length), otherwise: lost),
    ]
  }
}
