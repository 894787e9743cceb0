/// `camera_path_error_px` ≥ 0 px ↓ : mean over frames of the distance between where the picture's middle has moved to since frame 0 by the tracked
/// background, and by the scene's exact camera.
///
/// Steps in which nothing can be tracked count as still, and the note says how many.
/// Cannot see: a path right in shape but of other content; a camera before a background without corners in the clip or its reference, where
/// it does not apply.
public enum CameraPathError: ClipMetric {
  public static let name = "camera_path_error_px"
  public static let version = 2
  public static let unit = "px"
  public static let better = PairedComparison.Direction.lower
  public static let needs: Set<EvidenceKind> = [.scene]
  public static let blindTo: Set<Corruption> = [.blur, .noise, .flicker, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    switch evidence.sceneOfSameSize() {
    case .failure(let unfit): return .notApplicable(unfit.reason)
    case .success(let scene):
      if let obstacle = evidence.camera.obstacle { return .notApplicable(obstacle) }
      let path = evidence.camera.displacement(width: evidence.frames.width, height: evidence.frames.height)
      let errors = path.indices.dropFirst().map { t in
        let d = path[t] - (scene.camera[t] - scene.camera[0])
        return (d * d).sum().squareRoot()
      }
      return .value(errors.reduce(0, +) / Double(errors.count), note: evidence.camera.note)
    }
  }
}
