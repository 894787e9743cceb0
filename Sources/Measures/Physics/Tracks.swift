import Files
import Frames

/// Every object of a scene as the trackers see it in one clip, with the way back to world units.
struct Tracks: Sendable {
  /// `[objects][T]`; a clip that ends early has lost its objects from there on.
  let pixels: [[TrackedState]]
  /// Pixels a world unit.
  let scale: Double
  let worldHeight: Double
  /// The clip's own camera path since frame 0, world units; empty in a scene whose camera rests.
  let camera: [SIMD2<Double>]
  /// Of the clip: from here on there is nothing to see, and so nothing that could rightly be hidden.
  let length: Int

  /// - Throws: `Problem` when the clip is longer than the scene, empty, or of another size than its plate.
  init(_ scene: PhysicsScene, _ frames: Frames) throws {
    guard frames.count <= scene.truth.count else {
      throw Problem(
        "the clip has \(frames.count) frames", at: scene.id, expected: "\(scene.truth.count)",
        fix: "cut it to the scene's length")
    }
    guard frames.count > 0 else {
      throw Problem("the clip has no frames", at: scene.id, expected: "\(scene.truth.count)")
    }
    if let bytes = scene.plate.bytes, bytes != frames.frameBytes {
      throw Problem(
        "the clip is \(frames.width)×\(frames.height), another size than the scene's plate", at: scene.id,
        fix: "resize it to the scene's size")
    }
    let scale = Double(frames.height) / scene.worldHeight
    let seen = scene.objects.indices.map { k in Self.follow(k, scene, frames, scale) }
    pixels = seen.map { $0 + [TrackedState](repeating: .lost, count: scene.truth.count - frames.count) }
    (self.scale, worldHeight, length) = (scale, scene.worldHeight, frames.count)
    camera =
      scene.camera.isEmpty ? [] : BackdropRegistration.path(frames, avoiding: seen).map { $0 * SIMD2(1, -1) / scale }
  }

  private static func follow(_ k: Int, _ scene: PhysicsScene, _ frames: Frames, _ scale: Double) -> [TrackedState] {
    let object = scene.objects[k], first = scene.truth[0][k]
    let others = Set(scene.objects.map(\.colour) + scene.distractors).subtracting([object.colour]).sorted {
      ($0.x, $0.y, $0.z) < ($1.x, $1.y, $1.z)
    }
    switch object.form {
    case .liquid(let tank):
      let rest = scene.objects.indices.filter { $0 != k && scene.objects[$0].colour == object.colour }.compactMap {
        scene.objects[$0].tank
      }
      return LiquidGauge(colour: object.colour, others: others, plate: scene.plate, tanks: [tank] + rest).track(
        frames, scale: scale, worldHeight: scene.worldHeight)
    case .cloud: return CloudGauge(colour: object.colour, others: others, plate: scene.plate).track(frames)
    case .solid: break
    }
    let start = SoftCoverageTracker.Start(
      x: first.x * scale, y: (scene.worldHeight - first.y) * scale,
      radius: (first.area / Double.pi).squareRoot() * scale)
    return SoftCoverageTracker(colour: object.colour, others: others, plate: scene.plate).track(frames, from: start)
  }

  /// World units, y up, in the picture.
  func position(_ object: Int, _ t: Int) -> SIMD2<Double> {
    let state = pixels[object][t]
    return SIMD2(state.x / scale, worldHeight - state.y / scale)
  }

  /// What a trajectory is judged by: a solid's place, a liquid's level.
  func state(_ object: Int, _ t: Int) -> SIMD2<Double> {
    let level = pixels[object][t].level
    return level.isNaN ? position(object, t) : SIMD2(0, level / scale)
  }

  /// What is wrong with one object in one frame, or nil.
  func fault(_ scene: PhysicsScene, _ k: Int, _ t: Int) -> PhysicsScore.Fault.Kind? {
    let truth = scene.truth[t][k], seen = pixels[k][t], unit = scale * scale
    // A liquid's share in one tank is its state, which the trajectory judges; what must stay is the sum over the tanks,
    // so that is the scale.
    let area =
      unit
      * (scene.objects[k].tank == nil
        ? truth.area : zip(scene.objects, scene.truth[t]).reduce(0) { $0 + ($1.0.tank == nil ? 0 : $1.1.area) })
    switch truth.demand {
    case .anything: return nil
    case _ where t >= length: return .lost
    case .absent: return Double(seen.largest) > PhysicsTol5.extraTolerance * area ? .present : nil
    case .present:
      if !seen.found { return .lost }
      if abs(seen.area - unit * truth.area) > PhysicsTol5.areaTolerance * area { return .area }
      if !(seen.deltaE < PhysicsTol5.colourTolerance) { return .colour }
      if Double(seen.extra) > PhysicsTol5.extraTolerance * area { return .extra }
      return nil
    }
  }

  /// What laws are fitted to.
  func observation(_ scene: PhysicsScene) -> Observation {
    let valid = scene.truth.indices.map { t in scene.objects.indices.map { k in fault(scene, k, t) == nil } }
    let sightings = scene.objects.indices.map { k in
      scene.truth.indices.map { t -> Observation.Sighting? in
        guard scene.truth[t][k].demand == .present, valid[t][k] else { return nil }
        let seen = pixels[k][t]
        return Observation.Sighting(
          position(k, t), angle: seen.angle.isNaN ? nil : seen.angle,
          level: seen.level.isNaN ? nil : seen.level / scale,
          ripple: seen.ripple.isNaN ? nil : seen.ripple / scale)
      }
    }
    return Observation(
      sightings: sightings, truth: scene.truth, masses: scene.objects.map(\.mass), timeStep: scene.timeStep,
      conditioning: scene.conditioning, camera: camera,
      valid: valid)
  }
}
