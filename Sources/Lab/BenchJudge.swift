import Files
import Measures
import Media
import Worlds

/// Measures clips of one instance: the physics of its scene, then every clip metric of the catalogue with the truth as reference.
struct BenchJudge {
  struct Metric: Sendable {
    let name: String, version: Int, unit: String
    /// nil: described, not judged.
    let better: PairedComparison.Direction?
  }

  /// In the order reports show them, the headline first. `motion_ratio` has no better direction: 1 is right, less is static-biased, more
  /// is restless.
  static var metrics: [Metric] {
    [
      Metric(name: PhysicsTol5.name, version: 1, unit: PhysicsTol5.unit, better: .higher), Metric(name: "validity", version: 1, unit: "share", better: .higher),
      Metric(name: "motion_ratio", version: 1, unit: "share of the true path", better: nil),
    ] + ClipMetrics.all.map { Metric(name: $0.name, version: $0.version, unit: $0.unit, better: $0.better) }
  }

  let scene: PhysicsScene
  private let truth: Frames
  private let exact: SceneTruth?
  private let physics: Result<PhysicsTol5, Problem>

  init(_ instance: Instance, truth: Frames) throws {
    let scene = try instance.scene()
    (self.scene, self.truth, exact) = (scene, truth, instance.sceneTruth())
    do { physics = .success(try PhysicsTol5(scene, groundTruth: truth)) } catch let problem as Problem { physics = .failure(problem) }
  }

  /// Every metric of `metrics` on a clip of the truth's size and length.
  func measure(_ clip: Frames) throws -> [String: Measurement] {
    var found: [String: Measurement] = [:]
    switch physics {
    case .success(let judge):
      let score = try judge.score(clip)
      found[PhysicsTol5.name] = .value(score.score, note: "")
      found["validity"] = .value(score.validity, note: "")
      found["motion_ratio"] = score.motionRatio.map { .value($0, note: "") } ?? .notApplicable("no step of the path was seen at both ends")
    case .failure(let problem):
      for name in [PhysicsTol5.name, "validity", "motion_ratio"] { found[name] = .notApplicable(problem.what) }
    }
    let evidence = Evidence(clip, reference: truth, scene: exact)
    for metric in ClipMetrics.all { found[metric.name] = metric.measure(evidence) }
    return found
  }
}

extension Instance {
  /// Exact flow, masks and camera, where the renderer gives them.
  func sceneTruth() -> SceneTruth? { nil }
}
