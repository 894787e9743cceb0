import Foundation

/// θ'' = −(g/L)·sin θ at the end of a stiff rod.
public struct PendulumLaw: PhysicsLaw {
  public var pivot: SIMD2<Double>
  public var length: Double
  public var gravity: Double
  /// Greatest angle, radians.
  public var amplitude: Double

  public init(pivot: SIMD2<Double>, length: Double, gravity: Double, amplitude: Double) {
    (self.pivot, self.length, self.gravity, self.amplitude) = (pivot, length, gravity, amplitude)
  }

  /// T = 4K(sin ½θ0)/√(g/L), with K by the arithmetic-geometric mean: K(k) = π/(2·agm(1, √(1 − k²))).
  public var period: Double { 2 * Double.pi / Self.agm(1, cos(amplitude / 2)) / (gravity / length).squareRoot() }

  private static func agm(_ a: Double, _ b: Double) -> Double {
    var a = a, b = b
    while abs(a - b) > 1e-15 * a { (a, b) = ((a + b) / 2, (a * b).squareRoot()) }
    return a
  }

  public func terms(_ seen: Observation) -> [LawTerm] {
    let path = seen.path(0), arms = path.points.map { $0 - pivot }, rods = arms.map { ($0 * $0).sum().squareRoot() }
    let angles = arms.map { atan2($0.x, -$0.y) }
    let swing = gravity * length * (1 - cos(amplitude)), top = gravity * (pivot.y - length * cos(amplitude))
    let variation = mean(rods).flatMap { rod in deviation(rods).map { $0 / rod } }
    return [
      .parameter(
        "T", fitted: PeriodFit(path.times, angles)?.period, exact: period, otherwise: "under two zero crossings"),
      .conservation(
        "energy_drift", "kinetic and potential", Flight.energies(path, gravity), exact: top, reference: swing),
      .described("rod_length_cv", value: variation, otherwise: "the bob is lost"),
      .permanence(
        "rod_length", "within 5 %", holds: rods.isEmpty ? nil : rods.allSatisfy { abs($0 / length - 1) < 0.05 },
        otherwise: "the bob is lost"),
    ]
  }
}
