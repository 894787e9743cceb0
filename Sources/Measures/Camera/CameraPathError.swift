import Frames

/// `camera_path_error_px` ≥ 0 px ↓ : mean over frames of the distance between where the picture's middle has moved to
/// since frame 0 by the tracked background, and by the scene's exact camera.
///
/// Steps in which nothing can be tracked count as still, and the note says how many. With a reference the same is asked
/// of its tracked path first: where the tracker loses the true clip's camera, an error says nothing of the clip, and
/// the metric does not apply. Cannot see: a path right in shape but of other content; a camera before a background
/// without corners in the clip or its reference, where it does not apply.
public enum CameraPathError: ClipMetric {
  public static let name = "camera_path_error_px"
  public static let version = 3
  public static let unit = "px"
  public static let better = PairedComparison.Direction.lower
  public static let needs: Set<EvidenceKind> = [.scene]
  public static let blindTo: Set<Corruption> = [.blur, .noise, .flicker, .swap, .vanish]

  /// The reference's own error may be this, px.
  static let tolerance = 2.0

  public static func measure(_ evidence: Evidence) -> Measurement {
    switch evidence.sceneOfSameSize() {
    case .failure(let unfit): return .notApplicable(unfit.reason)
    case .success(let scene):
      if let obstacle = evidence.camera.obstacle { return .notApplicable(obstacle) }
      if let reference = evidence.referenceCamera {
        let lost = error(reference, scene, evidence)
        guard lost <= tolerance else {
          return .notApplicable(
            "the tracker loses the camera of the reference itself by \((10 * lost).rounded() / 10) px")
        }
      }
      return .value(error(evidence.camera, scene, evidence), note: evidence.camera.note)
    }
  }

  private static func error(_ camera: CameraPath, _ scene: SceneTruth, _ evidence: Evidence) -> Double {
    let path = camera.displacement(width: evidence.frames.width, height: evidence.frames.height)
    let errors = path.indices.dropFirst().map { t in
      let d = path[t] - (scene.camera[t] - scene.camera[0])
      return (d * d).sum().squareRoot()
    }
    return errors.reduce(0, +) / Double(errors.count)
  }
}
