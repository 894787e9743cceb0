import Media
import Measures
import Worlds

/// An instance as the scorer wants it; in the package proper this is `Lab`'s business.
func physicsScene(_ instance: Instance) throws -> PhysicsScene {
  try PhysicsScene(
    id: instance.id, scenario: instance.scenario.rawValue, colours: instance.colours,
    truth: instance.truth().map { $0.map { PhysicsTruth(x: $0.x, y: $0.y, radius: $0.radius, visible: $0.visible, inside: $0.inside) } },
    perturbed: [0.95, 1.05].map { scale in instance.perturbedStates(scale: scale).map { $0.map { SIMD2($0.x, $0.y) } } },
    plate: .pixels(instance.plate()), worldHeight: World.height, timeStep: World.timeStep, conditioning: World.conditioning)
}

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
