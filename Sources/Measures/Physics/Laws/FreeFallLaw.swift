/// y'' = −g until the disc lies on the floor; x stays.
public struct FreeFallLaw: PhysicsLaw {
  public var gravity: Double
  /// Height of the floor.
  public var floor: Double

  public init(gravity: Double, floor: Double = 0) { (self.gravity, self.floor) = (gravity, floor) }

  public func terms(_ seen: Observation) -> [LawTerm] {
    let path = seen.path(0), start = seen.truth[0][0], flight = Flight.untilFloor(path, height: floor + start.radius)
    let few = "under five frames of flight"
    let drop = max(start.y - start.radius - floor, 1e-9),
      fallen = gravity * drop + 0.5 * dot(start.velocity, start.velocity)
    return [
      .parameter("g", fitted: Flight.gravity(flight), exact: gravity, otherwise: few),
      .conservation(
        "energy_drift", "kinetic and potential", Flight.energies(flight, gravity),
        exact: gravity * start.y + 0.5 * dot(start.velocity, start.velocity), reference: fallen),
      .described(
        "x_drift", value: path.count == 0 ? nil : path.x.map { abs($0 - start.x) }.max(),
        otherwise: "the object is lost"),
    ]
  }
}
