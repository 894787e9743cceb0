import Frames

/// `ewarp_gt_excess` ↓, ×10³, around 0: warping error along the scene's exact flow, less that of the reference clip
/// itself.
///
/// Same formula as `ewarp_dis`; flow and visibility are the renderer's, so the clip cannot choose its own. 0 is as good
/// as the ground truth. Cannot see: blur, which it rewards with negative values; change that is right in the
/// reference's place and wrong elsewhere.
public enum WarpErrorExcess: ClipMetric {
  public static let name = "ewarp_gt_excess"
  public static let unit = "×10⁻³"
  public static let better = PairedComparison.Direction.lower
  public static let needs: Set<EvidenceKind> = [.reference, .scene]
  public static let orders: Set<Corruption> = [.noise, .flicker, .jitter]
  public static let blindTo: Set<Corruption> = [.blur]

  public static func measure(_ evidence: Evidence) -> Measurement {
    if let obstacle = Paired.obstacle(evidence) { return .notApplicable(obstacle) }
    switch evidence.sceneOfSameSize() {
    case .failure(let unfit): return .notApplicable(unfit.reason)
    case .success(let scene):
      guard let clip = along(scene, evidence.frames), let reference = along(scene, evidence.reference!) else {
        return .notApplicable("no surface is seen in two consecutive frames")
      }
      return .value(
        1000 * (clip.value - reference.value),
        note: "reference \(Estimate.short(1000 * reference.value)), coverage \(Estimate.short(clip.coverage))")
    }
  }

  private static func along(_ scene: SceneTruth, _ frames: Frames) -> (value: Double, coverage: Double)? {
    WarpError.mean(
      scene.flow.indices.map { t in
        WarpError(
          frames, t, t + 1, FlowField(width: frames.width, height: frames.height, scene.flow[t]), where: scene.known[t])
      })
  }
}
