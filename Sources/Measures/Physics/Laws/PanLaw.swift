/// The camera moves evenly over a world in which an object moves evenly: what belongs to which must stay apart.
///
/// World position is the place in the picture plus the clip's own camera path, found by registering its background
/// (docs/PHYSICS.md, "The ladder"). A clip that moves the whole picture as one gets the camera right and the
/// object wrong.
public struct PanLaw: PhysicsLaw {
  /// Units/s, in the world.
  public var objectVelocity: SIMD2<Double>
  /// Exact camera path, world units, one a frame; empty at rest.
  public var camera: [SIMD2<Double>]

  public init(objectVelocity: SIMD2<Double>, camera: [SIMD2<Double>]) {
    (self.objectVelocity, self.camera) = (objectVelocity, camera)
  }

  public func terms(_ seen: Observation) -> [LawTerm] {
    let path = seen.path(0)
    let own = seen.camera.isEmpty ? [SIMD2<Double>](repeating: .zero, count: seen.truth.count) : seen.camera
    let known = path.frames.indices.filter { path.frames[$0] < own.count && !own[path.frames[$0]].x.isNaN }
    let world = known.map { path.points[$0] + own[path.frames[$0]] }, times = known.map { path.times[$0] }
    var velocity: SIMD2<Double>?
    if known.count >= 5 {
      velocity = SIMD2(
        Polynomial(degree: 1, times, world.map(\.x)).slope, Polynomial(degree: 1, times, world.map(\.y)).slope)
    }
    let reference = max(length(objectVelocity), cameraSpeed(seen.timeStep))
    let paired = seen.scored.filter { $0 < own.count && !own[$0].x.isNaN }
    let errors = paired.map { t in length(own[t] - (t < camera.count ? camera[t] : .zero)) }
    let miss = velocity.map { length($0 - objectVelocity) }
    return [
      // Relative to the faster of object and camera, so that an object at rest in the world has a scale too.
      .conservation(
        "world_velocity_error", "object in the world", miss.map { [$0] } ?? [], exact: 0,
        reference: max(reference, 1e-9),
        otherwise: "under five frames show the object and the background"),
      // Over how far the camera goes, or the object where the camera rests.
      .conservation(
        "camera_error", "path", rootMeanSquare(errors).map { [$0] } ?? [], exact: 0,
        reference: max(reference * Double(seen.truth.count - 1) * seen.timeStep, 1e-9),
        otherwise: "the background shows nothing to register"),
    ]
  }

  /// Mean, units/s.
  private func cameraSpeed(_ timeStep: Double) -> Double {
    guard camera.count > 1 else { return 0 }
    let way = (1..<camera.count).reduce(0.0) { $0 + length(camera[$1] - camera[$1 - 1]) }
    return way / (Double(camera.count - 1) * timeStep)
  }
}
