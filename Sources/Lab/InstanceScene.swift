import Measures
import Worlds

/// The bridge from a drawn scene to what the scorer must know of it; `Worlds` and `Measures` do not know each other.
extension Instance {
  /// What the scorer needs to know of this instance.
  package func scene() throws -> PhysicsScene {
    let bodies = law.bodies(at: 0).filter(\.isObject)
    return try PhysicsScene(
      id: id, scenario: scenario.rawValue, objects: bodies.map { PhysicsObject(colour: $0.colour, mass: $0.radius * $0.radius) },
      truth: truth().map { $0.map(PhysicsTruth.init) }, perturbed: [0.95, 1.05].map { perturbedStates(scale: $0).map { $0.map(PhysicsTruth.init) } },
      plate: .pixels(plate()), law: physicsLaw, worldHeight: World.height, timeStep: World.timeStep, conditioning: World.conditioning)
  }

  /// The law with this draw's constants.
  private var physicsLaw: (any PhysicsLaw)? {
    switch law {
    case is FreeFall: FreeFallLaw(gravity: World.gravity)
    case is Projectile: ProjectileLaw(gravity: World.gravity)
    case is Occlusion: OcclusionLaw(passages: passages)
    default: nil
    }
  }

  /// Each object's way behind the bar.
  private var passages: [OcclusionLaw.Passage] {
    let states = truth()[0]
    return states.indices.compactMap { k in
      let times = Dictionary(events.filter { $0.object == k }.map { ($0.name, $0.time) }) { first, _ in first }
      guard let hiding = times["hiding"], let clear = times["clear"] else { return nil }
      return OcclusionLaw.Passage(object: k, velocity: SIMD2(states[k].vx, states[k].vy), hiding: hiding, clear: clear)
    }
  }
}

extension PhysicsTruth {
  /// An object's exact state.
  init(_ state: ObjectState) {
    self.init(x: state.x, y: state.y, vx: state.vx, vy: state.vy, radius: state.radius, visible: state.visible, inside: state.inside)
  }
}
