/// `bg_drift_ssim` ∈ [−1, 1] ↑ : similarity of the background of each frame, laid over frame 0 through the camera's motion, to frame 0;
/// mean over frames. The note gives the last frame's and the slope a second.
///
/// Windows wholly on background seen in both frames count (`CameraPath`, `SubjectMask`, `SSIM`). The weight-free stand-in for VBench's
/// background consistency, which compares features of whole frames.
/// Cannot see: the subject; background that came into view after frame 0; change of colour at equal luma. A frozen clip scores 1.
public enum BackgroundDriftSSIM: ClipMetric {
  public static let name = "bg_drift_ssim"
  public static let unit = "similarity"
  public static let better = PairedComparison.Direction.higher
  public static let orders: Set<Corruption> = [.noise]
  public static let blindTo: Set<Corruption> = [.frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    BackgroundDrift.mean(evidence, least: 11) { ($0.ssim, $0.slope($0.ssim)) }
  }
}

/// `bg_drift_slope` per second ↑, about 0: least-squares slope of `bg_drift_ssim` over time. Below 0, the background keeps changing.
/// Cannot see: a background that is wrong from the second frame on and then stays.
public enum BackgroundDriftSlope: ClipMetric {
  public static let name = "bg_drift_slope"
  public static let unit = "similarity/s"
  public static let better = PairedComparison.Direction.higher
  public static let blindTo: Set<Corruption> = [.blur, .noise, .flicker, .frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    if let obstacle = BackgroundDrift.obstacle(evidence, least: 11) { return .notApplicable(obstacle) }
    let drift = evidence.backgroundDrift
    guard let slope = drift.slope(drift.ssim) else { return .notApplicable("fewer than 2 frames share background with the first") }
    return .value(slope, note: "")
  }
}

/// `bg_drift_l1` ≥ 0 levels ↓ : as `bg_drift_ssim`, the mean absolute difference of luma.
/// Cannot see: the subject; texture lost in a background that keeps its luma. A frozen clip scores 0.
public enum BackgroundDriftL1: ClipMetric {
  public static let name = "bg_drift_l1"
  public static let unit = "levels"
  public static let better = PairedComparison.Direction.lower
  public static let orders: Set<Corruption> = [.noise, .flicker]
  public static let blindTo: Set<Corruption> = [.frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    BackgroundDrift.mean(evidence, least: 1) { ($0.l1, $0.slope($0.l1)) }
  }
}
