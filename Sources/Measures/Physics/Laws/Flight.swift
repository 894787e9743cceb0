/// What free motion under gravity shows.
enum Flight {
  /// The path up to the frame before it first lies on the floor: within .03 units of `height`, or no longer sinking
  /// after it sank.
  static func untilFloor(_ path: Path, height: Double) -> Path {
    var end = path.count
    for i in path.points.indices {
      let stopped = i > 1 && path.y[i] >= path.y[i - 1] && path.y[i - 1] < path.y[i - 2]
      if path.y[i] - height < 0.03 || (stopped && path.y[i] - height < 0.3) { end = i; break }
    }
    return path.kept(0..<end)
  }

  /// ĝ = −d²y/dt² of a parabola; nil with under five points.
  static func gravity(_ flight: Path) -> Double? {
    flight.count >= 5 ? -Polynomial(degree: 2, flight.times, flight.y).curvature : nil
  }

  /// Kinetic and potential energy a unit of mass, at each frame that has a velocity.
  static func energies(_ flight: Path, _ gravity: Double) -> [Double] {
    flight.velocities.map { gravity * $0.position.y + 0.5 * dot($0.velocity, $0.velocity) }
  }
}
