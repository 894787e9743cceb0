import Files
import Frames

/// `physics_tol5` ∈ [0, 100] ↑ : 100·mean over instances of V·s_traj (docs/PHYSICS.md, "The score").
///
/// V is the share of scored frames that show every visible object exactly once, with the right area and colour, and
/// none that is hidden. s_traj = min(1, E_tol/max(E, E_floor)): a clip as wrong as a 5 % wrong simulator gets 1, one
/// twice as wrong ½. Idea: Physics-IQ's division by physical variance (Motamed et al. 2025, arXiv 2501.09038), with a
/// variance that is set. Under a moving camera the state is the place in the picture, so the camera's errors and the
/// object's both count. Cannot see: sharpness below the tolerance of area, the backdrop, spin, or anything while an
/// object is half hidden.
public struct PhysicsTol5: Sendable {
  public static let name = "physics_tol5"
  public static let unit = MetricUnit.points.rawValue

  /// Share by which an object's area may differ.
  static let areaTolerance = 0.35
  /// Greatest ΔE2000 to the object's colour.
  static let colourTolerance = 20.0
  /// Greatest extra component, as a share of the object's area.
  static let extraTolerance = 0.20

  public let scene: PhysicsScene
  /// E_tol and E_floor, world units.
  public let tolerance: Double
  public let floor: Double
  /// What the trackers see in the ground truth.
  let truthTracks: Tracks
  private let scored: [Int]

  /// - Parameter groundTruth: the instance's own render; what the tracker errs on it is the floor.
  /// - Throws: `Problem` when nothing can be scored, or the tracker cannot follow the ground truth.
  public init(_ scene: PhysicsScene, groundTruth: Frames) throws {
    self.scene = scene
    tolerance = scene.tolerance
    scored = scene.scoredFrames
    guard scored.contains(where: { t in scene.truth[t].contains { $0.demand == .present } }) else {
      throw Problem("no scored frame shows an object whole", at: scene.id)
    }
    guard groundTruth.count == scene.truth.count else {
      throw Problem("the ground truth has \(groundTruth.count) frames", at: scene.id, expected: "\(scene.truth.count)")
    }
    truthTracks = try Tracks(scene, groundTruth)
    guard let error = Self.judge(scene, scored, truthTracks).error else {
      throw Problem(
        "the tracker does not find the objects in the ground truth", at: scene.id,
        fix: "render larger frames, or check the colours and the plate")
    }
    floor = error
  }

  /// Tracks and scores a clip; its first frames are expected to be the given ones. In a clip that ends early the
  /// missing frames count as lost.
  /// - Throws: `Problem` when the clip is longer than the scene.
  public func score(_ frames: Frames) throws -> PhysicsScore { score(try Tracks(scene, frames)) }

  func score(_ tracks: Tracks) -> PhysicsScore {
    let judged = Self.judge(scene, scored, tracks)
    let validity = Double(judged.valid) / Double(scored.count)
    let trajectory = judged.error.map { $0 <= floor ? 1 : min(1, tolerance / max($0, floor)) } ?? 0
    return PhysicsScore(
      id: scene.id, scenario: scene.scenario, score: 100 * validity * trajectory, validity: validity,
      trajectory: trajectory, error: judged.error,
      tolerance: tolerance, floor: floor, motionRatio: Self.motionRatio(scene, tracks), scoredFrames: scored.count,
      validFrames: judged.valid,
      faults: judged.faults)
  }

  /// Every object's states in the clip, `[objects][T]` in pixels.
  public static func states(_ scene: PhysicsScene, _ frames: Frames) throws -> [[TrackedState]] {
    try Tracks(scene, frames).pixels
  }

  /// Pixels a world unit.
  public static func scale(_ scene: PhysicsScene, _ frames: Frames) -> Double {
    Double(frames.height) / scene.worldHeight
  }

  /// Validity and error over the scored frames.
  private static func judge(
    _ scene: PhysicsScene, _ scored: [Int], _ tracks: Tracks
  ) -> (valid: Int, error: Double?, faults: [PhysicsScore.Fault]) {
    var valid = 0, sum = 0.0, n = 0
    var faults: [PhysicsScore.Fault] = []
    for t in scored {
      let wrong = scene.objects.indices.compactMap { k in
        tracks.fault(scene, k, t).map { PhysicsScore.Fault(frame: t, object: k, kind: $0) }
      }
      faults += wrong
      guard wrong.isEmpty else { continue }
      valid += 1
      for (k, truth) in scene.truth[t].enumerated() where truth.demand == .present {
        let d = tracks.state(k, t) - truth.state
        sum += (d * d).sum()
        n += 1
      }
    }
    return (valid, n > 0 ? (sum / Double(n)).squareRoot() : nil, faults)
  }

  /// Path length of the clip over the truth's, on steps whose both ends were found and must be seen.
  private static func motionRatio(_ scene: PhysicsScene, _ tracks: Tracks) -> Double? {
    var path = 0.0, truePath = 0.0
    for k in scene.objects.indices {
      for t in scene.conditioning..<scene.truth.count
      where scene.truth[t][k].demand == .present && scene.truth[t - 1][k].demand == .present {
        guard tracks.pixels[k][t].found, tracks.pixels[k][t - 1].found else { continue }
        path += length(tracks.state(k, t) - tracks.state(k, t - 1))
        truePath += length(scene.truth[t][k].state - scene.truth[t - 1][k].state)
      }
    }
    return truePath > 0 ? path / truePath : nil
  }
}
