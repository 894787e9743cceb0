/// Discs on one horizontal line that collide elastically: exact positions and velocities at any time t ≥ 0.
///
/// Between contacts speeds are constant. At a contact v₁' = ((m₁ − m₂)v₁ + 2m₂v₂)/(m₁ + m₂), v₂' = ((m₂ − m₁)v₂ +
/// 2m₁v₁)/(m₁ + m₂), and the next contact of neighbours i, i + 1 comes after gap/(vᵢ − vᵢ₊₁) seconds. There are no
/// walls, so contacts are few.
public struct ElasticLine: Sendable {
  public struct Contact: Sendable, Equatable {
    /// Seconds.
    public let time: Double
    /// The ball on the left; the other is the next.
    public let left: Int
  }
  private struct Stretch { let start: Double, x: [Double], v: [Double] }

  public let radii: [Double]
  public let masses: [Double]
  public private(set) var contacts: [Contact] = []
  private var stretches: [Stretch]

  /// - Parameters:
  ///   - x: centres at t = 0, from left to right, not overlapping.
  ///   - v: velocities at t = 0, to the right.
  public init(x: [Double], v: [Double], radii: [Double], masses: [Double]) {
    (self.radii, self.masses) = (radii, masses)
    stretches = [Stretch(start: 0, x: x, v: v)]
    while contacts.count < 64, let next = Self.next(stretches[stretches.count - 1], radii) {
      let last = stretches[stretches.count - 1], i = next.left
      let moved = zip(last.x, last.v).map { $0 + $1 * (next.time - last.start) }
      var v = last.v
      (v[i], v[i + 1]) = Self.rebound(v[i], v[i + 1], masses[i], masses[i + 1])
      contacts.append(next)
      stretches.append(Stretch(start: next.time, x: moved, v: v))
    }
  }

  /// Velocities after an elastic contact.
  public static func rebound(_ v1: Double, _ v2: Double, _ m1: Double, _ m2: Double) -> (Double, Double) {
    (((m1 - m2) * v1 + 2 * m2 * v2) / (m1 + m2), ((m2 - m1) * v2 + 2 * m1 * v1) / (m1 + m2))
  }

  private static func next(_ s: Stretch, _ radii: [Double]) -> Contact? {
    (0..<s.x.count - 1).compactMap { i -> Contact? in
      let closing = s.v[i] - s.v[i + 1]
      guard closing > 1e-12 else { return nil }
      let gap = s.x[i + 1] - s.x[i] - radii[i] - radii[i + 1]
      return Contact(time: s.start + max(0, gap) / closing, left: i)
    }.min { $0.time < $1.time }
  }

  public func state(at time: Double) -> (x: [Double], v: [Double]) {
    let s = stretches.last { $0.start <= time } ?? stretches[0]
    return (zip(s.x, s.v).map { $0 + $1 * (time - s.start) }, s.v)
  }

  /// Velocities before and after contact `k`.
  public func velocities(around k: Int) -> (before: [Double], after: [Double]) { (stretches[k].v, stretches[k + 1].v) }

  /// One event a contact, named after the left ball.
  var events: [Event] { contacts.map { Event("contact", time: $0.time, object: $0.left, other: $0.left + 1) } }
}
