import Foundation

/// Two discs on a line meet once and part again: momentum and energy stay, and neither enters the other.
public struct CollisionLaw: PhysicsLaw {
  /// Velocities along x before and after, of objects 0 and 1.
  public var before, after: [Double]
  /// Seconds.
  public var contact: Double

  public init(before: [Double], after: [Double], contact: Double) {
    (self.before, self.after, self.contact) = (before, after, contact)
  }

  /// Velocities after an elastic collision of masses `m` on a line.
  public static func elastic(_ m: [Double], _ v: [Double]) -> [Double] {
    let total = m[0] + m[1]
    return [((m[0] - m[1]) * v[0] + 2 * m[1] * v[1]) / total, ((m[1] - m[0]) * v[1] + 2 * m[0] * v[0]) / total]
  }

  public func terms(_ seen: Observation) -> [LawTerm] {
    let m = seen.masses, radii = seen.truth[0].map(\.radius), reach = radii[0] + radii[1]
    // The approach is given in part, so it is taken from the first frame on; what follows is the clip's own.
    let distance = Self.distances(seen)
    let kink = Kink(distance.map(\.time), distance.map(\.x), contrast: 0.2 * abs(before[0] - before[1]))
    let far = "too few frames before or after contact, or no contact"
    let momentum = m[0] * before[0] + m[1] * before[1],
      energy = 0.5 * (m[0] * before[0] * before[0] + m[1] * before[1] * before[1])
    let momenta = Self.sums(seen, kink?.time) { m[0] * $0.x + m[1] * $1.x }
    let energies = Self.sums(seen, kink?.time) { 0.5 * (m[0] * dot($0, $0) + m[1] * dot($1, $1)) }
    let restitution = kink.map { -$0.after / (before[1] - before[0]) },
      exact = -(after[1] - after[0]) / (before[1] - before[0])
    let own = distance.filter { $0.frame >= seen.conditioning }
    return [
      .event("contact", seen: kink?.time, exact: contact, timeStep: seen.timeStep, otherwise: far),
      .parameter("restitution", fitted: restitution, exact: exact, otherwise: far),
      .conservation(
        "momentum_drift", "along x", momenta, exact: momentum, reference: m[0] * abs(before[0]) + m[1] * abs(before[1])),
      .conservation("energy_drift", "kinetic", energies, exact: energy, reference: energy),
      .described(
        "penetration", value: own.map { reach - $0.apart }.max().map { max(0, $0) }, otherwise: "no frame shows both"),
      .permanence(
        "no_penetration", "discs",
        holds: own.isEmpty ? nil : own.allSatisfy { $0.apart > reach - 0.1 * min(radii[0], radii[1]) },
        otherwise: "no frame shows both"),
    ]
  }

  private static func distances(_ seen: Observation) -> [(frame: Int, time: Double, x: Double, apart: Double)] {
    seen.truth.indices.compactMap { t in
      guard t < seen.sightings[0].count, let a = seen.sightings[0][t]?.position, let b = seen.sightings[1][t]?.position
      else { return nil }
      return (t, Double(t) * seen.timeStep, b.x - a.x, length(b - a))
    }
  }

  /// A quantity of both velocities over the frames after the given ones that show both, away from the moment of
  /// contact.
  private static func sums(
    _ seen: Observation, _ contact: Double?, _ quantity: (SIMD2<Double>, SIMD2<Double>) -> Double
  ) -> [Double] {
    let first = Dictionary(
      uniqueKeysWithValues: seen.path(0, from: max(0, seen.conditioning - 1)).velocities.map { ($0.frame, $0.velocity) }
    )
    return seen.path(1, from: max(0, seen.conditioning - 1)).velocities.compactMap { b in
      guard let a = first[b.frame] else { return nil }
      if let contact, abs(Double(b.frame) * seen.timeStep - contact) < 1.01 * seen.timeStep { return nil }
      return quantity(a, b.velocity)
    }
  }
}
