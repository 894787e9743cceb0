import Measures
import Worlds

/// The bridge from a drawn scene to what the scorer must know of it; `Worlds` and `Measures` do not know each other.
extension Instance {
  /// What the scorer needs to know of this instance.
  package func scene() throws -> PhysicsScene {
    let states = truth(), bodies = law.bodies(at: 0)
    return try PhysicsScene(
      id: id, scenario: scenario.rawValue,
      objects: states[0].enumerated().map { PhysicsObject(colour: $1.colour, mass: $1.mass, form: form(of: $0)) },
      distractors: Array(Set(bodies.filter { $0.role == .decoration }.map(\.colour))), truth: physics(states),
      perturbed: [0.95, 1.05].map { physics(perturbedStates(scale: $0)) },
      plate: cameraMoves ? .moving(plates()) : .pixels(plate()),
      camera: law is Pan ? cameraPath : [], law: physicsLaw, worldHeight: World.height, timeStep: World.timeStep,
      conditioning: World.conditioning)
  }

  private var cameraPath: [SIMD2<Double>] { (0..<setting.frames).map { law.camera(at: setting.time($0)) } }

  /// How the pixels of object `k` are read.
  private func form(of k: Int) -> PhysicsObject.Form {
    tank(k).map { .liquid($0) } ?? (law is Particles ? .cloud : .solid)
  }

  private func tank(_ k: Int) -> PhysicsObject.Tank? {
    guard let law = law as? Pour else { return nil }
    let half = (k == 0 ? Pour.upperWidth : Pour.lowerWidth) / 2
    return PhysicsObject.Tank(
      left: law.middle - half, right: law.middle + half, base: k == 0 ? Pour.upperFloor : Pour.lowerFloor,
      top: k == 0 ? World.height : Pour.lowerTop)
  }

  private func physics(_ states: [[ObjectState]]) -> [[PhysicsTruth]] {
    states.map { frame in
      frame.enumerated().map { k, state in
        var truth = PhysicsTruth(
          x: state.x, y: state.y, vx: state.vx, vy: state.vy, radius: state.radius, area: state.area,
          angle: state.angle.isNaN ? nil : state.angle,
          visible: state.visible, inside: state.inside)
        if let tank = tank(k) {  // an empty tank is a level too, and can be seen
          truth.level = 2 * (state.y - tank.base)
          (truth.visible, truth.inside) = (1, true)
        }
        return truth
      }
    }
  }

  /// The law with this draw's constants. A new scenario does not compile until it says which law it is judged by.
  private var physicsLaw: any PhysicsLaw {
    switch scenario {
    case .freeFall: return FreeFallLaw(gravity: drawn(FreeFall.self).gravity)
    case .projectile: return ProjectileLaw(gravity: drawn(Projectile.self).gravity)
    case .particles: return ProjectileLaw(gravity: drawn(Particles.self).gravity)
    case .collision:
      let law = drawn(Collision.self)
      return CollisionLaw(before: law.before, after: law.after, contact: law.contactTime)
    case .bounce:
      let law = drawn(Bounce.self)
      return BounceLaw(gravity: law.gravity, restitution: law.restitution)
    case .pendulum:
      let law = drawn(Pendulum.self)
      return PendulumLaw(pivot: law.pivot, length: law.length, gravity: law.gravity, amplitude: abs(law.amplitude))
    case .incline:
      let law = drawn(Incline.self)
      return InclineLaw(
        start: law.origin, direction: law.direction, acceleration: law.acceleration, rolling: law.beta > 0 ? law.r : nil
      )
    case .occlusion: return OcclusionLaw(passages: passages)
    case .chain:
      let law = drawn(Chain.self)
      return ContactChainLaw(contacts: Self.contacts(law.line), velocity: law.v)
    case .pan: return PanLaw(objectVelocity: SIMD2(drawn(Pan.self).u, 0), camera: cameraPath)
    case .pour: return PourLaw(k: drawn(Pour.self).k, upperWidth: Pour.upperWidth, lowerWidth: Pour.lowerWidth)
    }
  }

  /// The law as its scenario draws it.
  private func drawn<L: Law>(_ kind: L.Type) -> L {
    guard let law = law as? L else { preconditionFailure("\(scenario) draws \(type(of: law)), not \(kind)") }
    return law
  }

  /// The first blow each resting ball gets.
  private static func contacts(_ line: ElasticLine) -> [ContactChainLaw.Contact] {
    (1..<line.radii.count).compactMap { ball in
      guard let n = line.contacts.firstIndex(where: { $0.left == ball - 1 }) else { return nil }
      let next = line.contacts[(n + 1)...].first { $0.left == ball || $0.left == ball - 1 }?.time ?? .infinity
      return ContactChainLaw.Contact(
        striker: ball - 1, struck: ball, time: line.contacts[n].time, velocity: line.velocities(around: n).after[ball],
        next: next)
    }
  }

  /// Each object's way behind the bar.
  private var passages: [OcclusionLaw.Passage] {
    let states = law.truth(at: 0, setting)
    return states.indices.compactMap { k in
      let times = Dictionary(events.filter { $0.object == k }.map { ($0.name, $0.time) }) { first, _ in first }
      guard let hiding = times["hiding"], let clear = times["clear"] else { return nil }
      return OcclusionLaw.Passage(object: k, velocity: SIMD2(states[k].vx, states[k].vy), hiding: hiding, clear: clear)
    }
  }
}
