/// y'' = −g, x'' = 0, and nothing in the way.
public struct ProjectileLaw: PhysicsLaw {
  public var gravity: Double

  public init(gravity: Double) { self.gravity = gravity }

  public func terms(_ seen: Observation) -> [LawTerm] {
    let flight = seen.path(0), start = seen.truth[0][0]
    let velocities = flight.velocities, energy = gravity * start.y + 0.5 * dot(start.velocity, start.velocity)
    return [
      .parameter("g", fitted: Flight.gravity(flight), exact: gravity, otherwise: "under five frames of flight"),
      // Per unit of mass, along x: the only component gravity leaves alone.
      .conservation(
        "momentum_drift", "along x", velocities.map(\.velocity.x), exact: start.vx,
        reference: max(length(start.velocity), 1e-9)),
      // The energy a fall through the whole frame would release is the scale on which a drift matters.
      .conservation(
        "energy_drift", "kinetic and potential", Flight.energies(flight, gravity), exact: energy,
        reference: max(energy, 1e-9)),
    ]
  }
}
